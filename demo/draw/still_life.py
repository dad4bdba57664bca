"""Things for a table: pots, cups, vases, cakes, fruit and books."""

from demo.draw.canvas import Canvas
from demo.draw.palette import (
    INK,
    LAMP,
    LEAF,
    WOOD,
    Colour,
    darker,
    lighter,
    mix,
    paint,
)
from demo.draw.plants import bloom
from demo.draw.scene import Thing
from demo.draw.shapes import (
    both_sides,
    box,
    curve,
    disc,
    oval,
    smooth,
)

STEM_TIPS = (
    (0, 9.4),
    (-2.5, 8.4),
    (2.5, 8.5),
    (-1.3, 10.6),
    (1.4, 10.6),
    (-3.6, 6.8),
    (3.6, 6.8),
)


def _gloss(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.shade(oval(x, y, size * 0.4, size, -18), (255, 255, 255), 90)


def _steam(canvas: Canvas, x: float, y: float) -> None:
    for shift in (-0.9, 0.5):
        left = x + shift
        path = [(left, y), (left + 0.6, y + 1), (left - 0.1, y + 2), (left + 0.5, y + 3)]
        canvas.line(curve(path), (255, 253, 248), 0.26)


def teapot(canvas: Canvas, thing: Thing) -> None:
    """Draw a round teapot with a band of dots."""
    glaze = paint(thing.colour)
    dots = paint(thing.accent) if thing.accent else lighter(glaze, 0.6)
    canvas.shadow(0.5, 6.4)
    canvas.line(curve([(-3.4, 6.4), (-6, 6.8), (-6.4, 4.4), (-3.8, 2)]), darker(glaze, 0.12), 0.9)
    spout = [(3, 2.2), (5, 3.6), (5.4, 6), (6.9, 6.8), (6.4, 7.4), (4.7, 6.8), (3, 5.2)]
    canvas.fill(smooth(spout), lighter(glaze, 0.06), darker(glaze, 0.16))
    canvas.fill(oval(0, 0.35, 2.7, 0.5), darker(glaze, 0.3))
    half = [(1.7, 7.4), (3.6, 6.2), (4.3, 3.8), (3.6, 1.4), (2, 0.3)]
    canvas.fill(smooth(both_sides(half)), lighter(glaze, 0.22), glaze, darker(glaze, 0.22))
    for x in (-3.1, -1.9, -0.65, 0.65, 1.9, 3.1):
        canvas.fill(disc(x, 3.6 - (x * x) * -0.03, 0.36), dots)
    canvas.fill(oval(0, 7.35, 2.1, 0.55), darker(glaze, 0.2))
    canvas.fill(smooth(both_sides([(0.5, 8.7), (1.6, 8), (2, 7.4)])), lighter(glaze, 0.2), glaze)
    canvas.fill(disc(0, 9.2, 0.62), lighter(dots, 0.1), dots)
    _gloss(canvas, -2.3, 5.4, 0.9)
    _steam(canvas, 6.6, 7.9)


def cup(canvas: Canvas, thing: Thing) -> None:
    """Draw a cup on its saucer, steaming."""
    glaze = paint(thing.colour)
    canvas.shadow(0, 8)
    canvas.fill(oval(0, 0.7, 6.6, 0.95), lighter(glaze, 0.25), darker(glaze, 0.12))
    canvas.line(curve([(3.6, 7.4), (6.2, 7.4), (6.2, 4), (3.2, 3)]), darker(glaze, 0.1), 0.8)
    half = [(4.2, 8.8), (4.1, 6), (3.1, 2.6), (1.8, 1)]
    outline = [(4.2, 8.8), *curve(half), *((-x, y) for x, y in reversed(curve(half)))]
    canvas.fill(outline, lighter(glaze, 0.2), glaze, darker(glaze, 0.18))
    canvas.fill(oval(0, 8.8, 4.2, 1.1), lighter(glaze, 0.35))
    canvas.fill(oval(0, 8.65, 3.7, 0.8), (124, 74, 44), (92, 52, 32))
    _gloss(canvas, -2.6, 5.8, 1.3)
    _steam(canvas, 0, 9.6)


def vase(canvas: Canvas, thing: Thing) -> None:
    """Draw a vase with as many flowers as the count, in the accent's colour."""
    glaze = paint(thing.colour)
    canvas.shadow(0.4, 3.6)
    tips = STEM_TIPS[: thing.count]
    for x, y in tips:
        canvas.line(curve([(x * 0.16, 4.6), (x * 0.5, 6.4), (x, y)]), darker(LEAF, 0.14), 0.2)
    for x, y, turn in ((-1.5, 6.1, 140), (1.5, 6.3, 40), (-0.8, 7.4, 120), (0.9, 7.2, 62)):
        canvas.fill(oval(x, y, 1.1, 0.36, turn), lighter(LEAF, 0.08), darker(LEAF, 0.16))
    for x, y in reversed(tips):
        bloom(canvas.moved(x, y, 1.12), paint(thing.accent or "yellow"))
    half = [(1, 5.2), (0.85, 4.6), (1.9, 3.2), (2.1, 1.8), (1.4, 0.2)]
    canvas.fill(smooth(both_sides(half)), lighter(glaze, 0.2), glaze, darker(glaze, 0.2))
    canvas.fill(oval(0, 5.2, 1.05, 0.24), darker(glaze, 0.35))
    canvas.shade(box(-2, 2.3, 2, 2.6), (255, 255, 255), 110)
    canvas.shade(box(-2, 1.8, 2, 1.95), (255, 255, 255), 80)
    _gloss(canvas, -1.1, 3, 0.6)


def cake(canvas: Canvas, thing: Thing) -> None:
    """Draw a cake with as many candles as the count; the colour is the icing's."""
    icing, sponge = paint(thing.colour), (240, 204, 150)
    canvas.shadow(0, 8.4)
    canvas.fill(box(-0.8, 0, 0.8, 0.8), (226, 230, 236))
    canvas.fill(oval(0, 0.95, 6.4, 0.7), (250, 250, 252), (206, 214, 226))
    canvas.fill([*oval(0, 1.2, 5, 0.5)[20:], (5, 5.2), (-5, 5.2)], lighter(sponge, 0.1), sponge)
    canvas.fill([(-5, 3.3), (5, 3.3), (5, 2.8), (-5, 2.8)], (252, 246, 236))
    drip = [
        (5, 3.9),
        (4, 4.5),
        (3, 3.5),
        (2, 4.5),
        (1, 3.8),
        (0, 4.6),
        (-1, 3.6),
        (-2, 4.5),
        (-3, 3.7),
        (-4, 4.5),
        (-5, 3.9),
    ]
    canvas.fill([(-5, 5.4), (5, 5.4), *curve(drip)], icing, darker(icing, 0.06))
    canvas.fill(oval(0, 5.4, 5, 0.75), lighter(icing, 0.3), lighter(icing, 0.1))
    for index in range(thing.count):
        gap = min(2.0, 8 / thing.count)
        _candle(canvas.moved((index - (thing.count - 1) / 2) * gap, 5.3))
    for x in (-4.4, -2.9, -1.5, 1.5, 2.9, 4.4):
        canvas.fill(disc(x, 5.2 - 0.2 * (abs(x) < 3), 0.42), (222, 52, 66))  # noqa: PLR2004


def _candle(canvas: Canvas) -> None:
    canvas.glow(0, 3.7, 2, LAMP)
    canvas.fill(box(-0.2, 0, 0.2, 2.9), (250, 250, 250), (210, 226, 244))
    for y in (0.5, 1.3, 2.1):
        canvas.fill([(-0.2, y), (0.2, y + 0.3), (0.2, y + 0.6), (-0.2, y + 0.3)], (86, 150, 214))
    canvas.line([(0, 2.9), (0, 3.2)], INK, 0.08)
    canvas.lit(smooth([(0, 4.5), (0.32, 3.6), (0, 3.1), (-0.32, 3.6)]), (255, 240, 170), (255, 164, 62))


def fruit(canvas: Canvas, thing: Thing) -> None:
    """Draw a bowl with as many apples as the count; the accent is the bowl's colour."""
    skin, bowl = paint(thing.colour), paint(thing.accent or "blue")
    canvas.shadow(0, 7)
    spots = ((-1.6, 8.3), (1.6, 8.3), (-3.1, 6), (0, 6.2), (3.1, 6))
    for x, y in spots[: thing.count]:
        _apple(canvas.moved(x, y), skin)
    half = [(5.2, 5.4), (4.7, 3), (2.6, 0.8), (1.6, 0.1)]
    rim = [*curve(half), *((-x, y) for x, y in reversed(curve(half)))]
    canvas.fill(rim, lighter(bowl, 0.18), bowl, darker(bowl, 0.2))
    canvas.shade(box(-5, 4.4, 5, 4.7), (255, 255, 255), 120)
    _gloss(canvas, -3.4, 3.2, 0.8)


def _apple(canvas: Canvas, skin: Colour) -> None:
    half = [(0.5, 1.45), (1.5, 1.1), (1.7, -0.2), (0.9, -1.5)]
    canvas.fill(smooth(both_sides(half)), lighter(skin, 0.2), skin, darker(skin, 0.2))
    canvas.line(curve([(0, 1.1), (0.1, 1.7), (0.4, 2.1)]), darker(WOOD, 0.3), 0.2)
    canvas.fill(oval(0.95, 1.9, 0.7, 0.26, 20), LEAF)
    _gloss(canvas, -0.8, 0.5, 0.4)


def books(canvas: Canvas, thing: Thing) -> None:
    """Draw a pile of as many books as the count, each in its own colour."""
    names = (thing.colour, "cream", "teal", "orange", "purple")
    canvas.shadow(0, 7)
    for index in range(thing.count):
        cover, low = paint(names[index % len(names)]), index * 2.0
        shift = (0, 0.5, -0.4, 0.3)[index % 4]
        canvas.fill(box(shift - 5.4, low, shift + 5.4, low + 1.9), lighter(cover, 0.1), darker(cover, 0.1))
        canvas.fill(box(shift - 4.9, low + 0.3, shift + 5.5, low + 1.6), (252, 246, 230), (226, 214, 190))
        canvas.fill(box(shift - 5.4, low, shift - 4.6, low + 1.9), darker(cover, 0.2))
        canvas.shade(box(shift - 4.6, low + 0.9, shift + 5.5, low + 1), mix(WOOD, INK, 0.3), 60)
