"""Small figures and lights: snowmen, robots, walkers and lanterns."""

from demo.draw.canvas import Canvas
from demo.draw.palette import (
    INK,
    LAMP,
    SNOW,
    WOOD,
    Colour,
    darker,
    lighter,
    mix,
    paint,
)
from demo.draw.scene import Thing
from demo.draw.shapes import (
    Point,
    Points,
    arc,
    box,
    curve,
    disc,
    oval,
    smooth,
)

SKIN = (244, 204, 172)


def snowman(canvas: Canvas, thing: Thing) -> None:
    """Draw a snowman with a top hat and a scarf of its colour."""
    scarf = paint(thing.colour)
    canvas.shadow(0.4, 4)
    for side in (-1, 1):
        arm = [(side * 1.4, 4.9), (side * 3, 5.6), (side * 4, 6.6)]
        canvas.line(curve(arm), darker(WOOD, 0.3), 0.22)
        canvas.line([(side * 3.3, 5.9), (side * 4.1, 5.7)], darker(WOOD, 0.3), 0.16)
    for y, radius in ((2.1, 2.3), (5, 1.75), (7.3, 1.3)):
        canvas.fill(disc(0, y, radius), SNOW, SNOW, (190, 206, 232))
    for y in (4.2, 5, 1.9):
        canvas.fill(disc(0, y, 0.2), INK)
    canvas.fill(
        smooth([(0.6, 6.3), (1.4, 6.2), (1.7, 4), (0.9, 3.9)]), darker(scarf, 0.1), darker(scarf, 0.24)
    )
    canvas.fill(
        smooth([(-1.3, 6.6), (0, 6.1), (1.3, 6.6), (1.2, 6), (0, 5.5), (-1.2, 6)]), lighter(scarf, 0.1), scarf
    )
    for x in (-0.45, 0.45):
        canvas.fill(disc(x, 7.7, 0.18), INK)
    canvas.fill([(0, 7.5), (1.7, 7.1), (0, 7)], (240, 140, 54))
    canvas.fill(oval(0, 8.4, 1.75, 0.32), INK)
    canvas.fill(box(-1, 8.4, 1, 10.1), lighter(INK, 0.1), INK)
    canvas.fill(box(-1, 8.6, 1, 9), scarf)


def robot(canvas: Canvas, thing: Thing) -> None:
    """Draw a friendly robot waving with one arm."""
    shell = paint(thing.colour)
    steel = mix(shell, (90, 96, 116), 0.6)
    canvas.shadow(0.2, 3.6)
    for x in (-1, 1):
        canvas.fill(box(x - 0.4, 0.4, x + 0.4, 2), steel)
        canvas.fill([*arc(x, 0, 0.85, 0.8, (0, 180))], darker(shell, 0.2))
    canvas.line(curve([(-2, 4.8), (-3.2, 4), (-3, 2.8)]), steel, 0.6)
    canvas.line(curve([(2, 4.8), (3.4, 5), (3.9, 6.6)]), steel, 0.6)
    for x, y in ((-3, 2.6), (4, 6.9)):
        canvas.fill(disc(x, y, 0.6), lighter(shell, 0.1), darker(shell, 0.1))
    canvas.fill(_plate(0, 3.6, 2.1, 1.9), lighter(shell, 0.16), darker(shell, 0.16))
    canvas.fill(_plate(0, 3.7, 1.2, 0.9), (236, 240, 244))
    canvas.fill(smooth([(0, 3.2), (0.6, 3.9), (0.3, 4.3), (0, 4), (-0.3, 4.3), (-0.6, 3.9)]), (232, 78, 92))
    canvas.line([(0, 9), (0, 9.8)], steel, 0.2)
    canvas.lit(disc(0, 9.9, 0.32), (255, 206, 92))
    canvas.fill(_plate(0, 7.3, 2.4, 1.7), lighter(shell, 0.24), shell)
    canvas.fill(_plate(0, 7.3, 1.9, 1.15), (42, 48, 72), (58, 66, 96))
    for side in (-1, 1):
        canvas.lit(oval(side * 0.8, 7.5, 0.32, 0.42), (132, 240, 230))
    canvas.line(arc(0, 7.1, 0.6, 0.4, (200, 340)), (132, 240, 230), 0.16)


def _plate(x: float, y: float, wide: float, tall: float) -> Points:
    bend = min(wide, tall) * 0.45
    corners = ((1, 1, 0), (-1, 1, 90), (-1, -1, 180), (1, -1, 270))
    outline: list[Point] = []
    for across, up, start in corners:
        centre = x + across * (wide - bend), y + up * (tall - bend)
        outline += arc(*centre, bend, bend, (start, start + 90))
    return outline


def walker(canvas: Canvas, thing: Thing) -> None:
    """Draw a walker seen from behind, in a raincoat, under a wide umbrella."""
    umbrella, coat = paint(thing.colour), paint(thing.accent or "teal")
    canvas.shadow(0, 3)
    for x in (-0.6, 0.6):
        boot = [(x - 0.4, 0), (x + 0.45, 0), (x + 0.36, 1.6), (x - 0.34, 1.6)]
        canvas.fill(boot, darker(coat, 0.35), darker(coat, 0.55))
    canvas.fill(
        smooth([(-0.8, 4.9), (0.8, 4.9), (1.5, 2.6), (1.7, 1.2), (0, 0.95), (-1.7, 1.2), (-1.5, 2.6)]),
        lighter(coat, 0.12),
        darker(coat, 0.14),
    )
    canvas.fill(smooth([(0.7, 4.7), (1.8, 4.9), (1.7, 5.6), (0.9, 5.2)]), darker(coat, 0.1))
    canvas.shade(box(-0.06, 1, 0.06, 4.6), (20, 16, 44), 70)
    canvas.fill(
        smooth([(0, 6.7), (1.1, 6), (0.9, 4.7), (0, 4.4), (-0.9, 4.7), (-1.1, 6)]), lighter(coat, 0.2), coat
    )
    canvas.line([(1.5, 4.9), (1.2, 9.6)], INK, 0.12)
    _canopy(canvas.moved(1.1, 6.4), umbrella)


def _canopy(canvas: Canvas, colour: Colour) -> None:
    for wide, hem, shade in ((4.4, 1.55, 0.14), (2.85, 1.5, 0.02), (1.35, 1.35, 0.1)):
        dome = arc(0, 0, wide, 3.4, (0, 180))
        right = arc(wide - hem / 2, 0, hem / 2, 0.45, (180, 0))
        left = arc(hem / 2 - wide, 0, hem / 2, 0.45, (180, 0))
        tone = darker(colour, shade)
        canvas.fill([*dome, *left, *right], lighter(tone, 0.22), tone)
    canvas.line([(0, 3.3), (0, 3.9)], INK, 0.14)


def lantern(canvas: Canvas, thing: Thing) -> None:
    """Draw a floating paper lantern that shines by itself."""
    paper = paint(thing.colour)
    canvas.glow(0, 5, 11, mix(paper, LAMP, 0.3))
    body = smooth([(-2.6, 9), (0, 9.8), (2.6, 9), (3.2, 6), (2.2, 1.4), (0, 0.9), (-2.2, 1.4), (-3.2, 6)])
    canvas.lit(body, mix(paper, (255, 220, 150), 0.2), mix(paper, (255, 236, 176), 0.6), (255, 250, 214))
    for y, wide in ((7.4, 3), (5, 3), (2.8, 2.5)):
        canvas.shade(box(-wide, y, wide, y + 0.16), darker(paper, 0.4), 70)
    canvas.fill(box(-1.7, 0.6, 1.7, 1.2), darker(paper, 0.5))


def planet(canvas: Canvas, thing: Thing) -> None:
    """Draw a planet; with an accent it wears a ring of that colour."""
    soil = paint(thing.colour)
    canvas.glow(0, 5, 8, soil)
    if thing.accent:
        canvas.line(arc(0, 5, 8, 1.7, (0, 180), 18), paint(thing.accent), 0.7)
    canvas.lit(disc(0, 5, 5), lighter(soil, 0.3), soil, darker(soil, 0.3))
    for y, wide, alpha in ((6.6, 4.3, 60), (4.6, 4.6, 50), (2.6, 4, 60)):
        canvas.shade(oval(0, y, wide, 0.45, 8), lighter(soil, 0.5), alpha)
    canvas.shade(smooth([(2, 9.5), (4.8, 7), (5, 4), (2.4, 0.7), (3.4, 4)]), (16, 10, 40), 70)
    if thing.accent:
        canvas.line(arc(0, 5, 8, 1.7, (180, 360), 18), paint(thing.accent), 0.7)
