"""Houses, lighthouses and windmills, each standing on its origin."""

from demo.draw.canvas import Canvas
from demo.draw.palette import (
    INK,
    LAMP,
    SNOW,
    STONE,
    WOOD,
    darker,
    lighter,
    mix,
    paint,
)
from demo.draw.scene import Thing
from demo.draw.shapes import Point, Points, arc, box, curve, disc, polar, smooth

GLASS = (150, 196, 218)


def house(canvas: Canvas, thing: Thing) -> None:
    """Draw a house with a tiled roof, a door and two windows."""
    wall = paint(thing.colour)
    roof = paint(thing.accent) if thing.accent else (98, 84, 96)
    canvas.shadow(0.8, 7)
    _smoke(canvas)
    canvas.fill(box(2, 7, 3.1, 9.6), darker(STONE, 0.2))
    canvas.fill(box(1.8, 9.4, 3.3, 9.8), STONE)
    canvas.fill(box(-4.4, 0, 4.4, 5.4), lighter(wall, 0.12), darker(wall, 0.08))
    canvas.shade(box(-4.4, 4.4, 4.4, 5), (30, 20, 50), 60)
    eaves = [(-5.2, 4.8), (5.2, 4.8), (3.5, 8.7), (-3.5, 8.7)]
    canvas.fill(eaves, lighter(roof, 0.14), darker(roof, 0.1))
    for row in (5.6, 6.4, 7.2, 8.0):
        reach = 5.2 - (row - 4.8) * 0.436
        canvas.shade(box(-reach, row, reach, row + 0.1), (20, 16, 40), 60)
    for x in (-2.7, 2.7):
        _window(canvas.moved(x, 1.7))
    _door(canvas, darker(roof, 0.25))
    canvas.fill(box(-4.4, -0.1, 4.4, 0.25), darker(STONE, 0.15))


def _smoke(canvas: Canvas) -> None:
    for x, y, radius, alpha in (
        (2.7, 10.5, 0.45, 120),
        (3.1, 11.3, 0.65, 90),
        (3.8, 12.3, 0.9, 60),
    ):
        canvas.shade(disc(x, y, radius), (255, 252, 250), alpha)


def _window(canvas: Canvas) -> None:
    if canvas.light.dark:
        canvas.glow(0, 0.9, 2.6, LAMP)
    canvas.fill(box(-1, -0.15, 1, 2), (250, 246, 236))
    pane = box(-0.78, 0.08, 0.78, 1.78)
    if canvas.light.dark:
        canvas.lit(pane, LAMP, (255, 190, 92))
    else:
        canvas.fill(pane, (206, 230, 240), GLASS)
    canvas.fill(box(-0.07, 0.08, 0.07, 1.78), (250, 246, 236))
    canvas.fill(box(-0.78, 0.88, 0.78, 1.02), (250, 246, 236))
    canvas.fill(box(-1.2, -0.3, 1.2, -0.08), (250, 246, 236))


def _door(canvas: Canvas, colour: tuple[int, int, int]) -> None:
    canvas.fill(box(-1, 0, 1, 3.1), (250, 246, 236))
    arch = [*box(-0.8, 0, 0.8, 2.2)[:2], *arc(0, 2.1, 0.8, 0.8, (0, 180))]
    canvas.fill(arch, lighter(colour, 0.1), colour)
    canvas.fill(disc(0.5, 1.3, 0.13), LAMP)
    canvas.fill(box(-1.3, -0.15, 1.3, 0.12), STONE)


def lighthouse(canvas: Canvas, thing: Thing) -> None:
    """Draw a striped lighthouse on a rock; its lamp shines when it is dark."""
    colour = paint(thing.colour)
    rock: Points = smooth([(-4.4, -0.6), (-3.6, 0.7), (-2, 1.2), (0, 1.4), (2.2, 1.1), (4, 0.4), (4.6, -0.6)])
    if canvas.light.dark:
        _beams(canvas)
    canvas.fill(rock, mix(STONE, (90, 84, 88), 0.3), darker(STONE, 0.5))
    for low in range(5):
        stripe = colour if low % 2 == 0 else (250, 246, 238)
        bottom, top = 1.1 + low * 1.18, 1.1 + (low + 1) * 1.18
        left, right = 1.5 - low * 0.13, 1.5 - (low + 1) * 0.13
        canvas.fill([(-left, bottom), (left, bottom), (right, top), (-right, top)], stripe)
    canvas.shade([(0.3, 1.1), (1.5, 1.1), (0.85, 7), (0.2, 7)], (26, 20, 56), 50)
    for x, y in ((-0.35, 3.1), (0.15, 5.3)):
        canvas.fill(box(x, y, x + 0.4, y + 0.7), INK)
    canvas.fill(box(-0.45, 1.1, 0.45, 2.5), darker(WOOD, 0.3))
    _lamp_room(canvas, colour)


def _beams(canvas: Canvas) -> None:
    for reach, lift in ((-30, 3.2), (30, 1.4)):
        near, far = 7.9 + lift * 0.02, 7.9 + lift
        for spread, alpha in ((3.4, 26), (2.1, 34), (1, 40)):
            beam = [(0, near), (reach, far + spread), (reach, far - spread)]
            canvas.shade(beam, (255, 240, 180), alpha)


def _lamp_room(canvas: Canvas, colour: tuple[int, int, int]) -> None:
    canvas.fill(box(-1.25, 6.9, 1.25, 7.15), INK)
    canvas.lit(box(-0.62, 7.15, 0.62, 8.6), (255, 246, 200), LAMP)
    for x in (-0.62, 0, 0.62):
        canvas.line([(x, 7.15), (x, 8.6)], INK, 0.1)
    canvas.line([(-1.2, 7.7), (1.2, 7.7)], INK, 0.1)
    canvas.fill([(-0.95, 8.55), (0.95, 8.55), (0.5, 9.2), (0, 9.6), (-0.5, 9.2)], colour)
    canvas.line([(0, 9.5), (0, 10)], INK, 0.12)
    if canvas.light.dark:
        canvas.glow(0, 7.9, 4, LAMP)


def windmill(canvas: Canvas, thing: Thing) -> None:
    """Draw a windmill with four lattice sails."""
    body = paint(thing.colour)
    canvas.shadow(0.4, 3.4)
    tower = [(-1.9, 0), (1.9, 0), (1.15, 6), (-1.15, 6)]
    canvas.fill(tower, lighter(body, 0.1), darker(body, 0.06))
    canvas.shade([(0.5, 0), (1.9, 0), (1.15, 6), (0.3, 6)], (26, 20, 56), 46)
    canvas.fill(arc(0, 5.9, 1.4, 1.6, (0, 180)), darker(paint(thing.accent or "red"), 0.1))
    canvas.fill(box(-2.1, 2.2, 2.1, 2.5), WOOD)
    canvas.fill([*box(-0.5, 0, 0.5, 1)[:2], *arc(0, 1, 0.5, 0.5, (0, 180))], darker(WOOD))
    for y in (3.2, 4.6):
        canvas.fill(box(-0.3, y, 0.3, y + 0.7), (96, 118, 140))
    for quarter in range(4):
        _sail(canvas.moved(0, 6.4), 28 + quarter * 90, paint(thing.accent or "red"))
    canvas.fill(disc(0, 6.4, 0.32), darker(WOOD))


def _sail(canvas: Canvas, turn: float, colour: tuple[int, int, int]) -> None:
    def turned(along: float, aside: float) -> Point:
        return polar(*polar(0, 0, along, turn), aside, turn + 90)

    cloth = [turned(0.9, 0.05), turned(4.2, 0.05), turned(4.2, 1), turned(0.9, 0.85)]
    canvas.fill(cloth, (252, 246, 232))
    for along in (1.7, 2.5, 3.3):
        canvas.line([turned(along, 0), turned(along, 0.95)], colour, 0.08)
    canvas.line([turned(0.9, 0.5), turned(4.2, 0.5)], colour, 0.08)
    canvas.line([turned(0, 0), turned(4.4, 0)], darker(WOOD, 0.3), 0.18)


def snowcapped(canvas: Canvas, thing: Thing) -> None:
    """Draw a house whose roof carries snow."""
    house(canvas, thing)
    roof = curve(
        [(-5.5, 4.9), (-5.1, 5.7), (-3.7, 8.7), (-3.2, 9.1), (3.2, 9.1), (3.7, 8.7), (5.1, 5.7), (5.5, 4.9)],
        4,
    )
    drips = curve(
        [
            (5.5, 4.9),
            (4.7, 5.3),
            (3.6, 6.3),
            (2.4, 5.6),
            (1, 6.5),
            (-1, 5.8),
            (-2.6, 6.5),
            (-4.2, 5.4),
            (-5.5, 4.9),
        ]
    )
    canvas.fill([*roof, *drips], SNOW, (206, 220, 240))
