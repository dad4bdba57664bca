"""Birds, owls, fish and whales."""

from demo.draw.canvas import Canvas
from demo.draw.palette import (
    INK,
    LEAF,
    WOOD,
    Colour,
    darker,
    lighter,
    mix,
    paint,
)
from demo.draw.scene import Thing
from demo.draw.shapes import (
    both_sides,
    curve,
    disc,
    oval,
    smooth,
)

BEAK = (242, 170, 58)


def bird(canvas: Canvas, thing: Thing) -> None:
    """Draw a songbird on a twig; the accent colours its breast."""
    coat, breast = paint(thing.colour), paint(thing.accent or "cream")
    _twig(canvas)
    for x in (-0.3, 0.7):
        canvas.line([(x, 0.2), (x + 0.1, 2)], darker(BEAK, 0.3), 0.2)
    tail = [(-2.2, 3.6), (-6, 1.2), (-5.4, 0.6), (-1.6, 2.2)]
    canvas.fill(tail, darker(coat, 0.2), darker(coat, 0.35))
    body = [(-3, 3.2), (-1.6, 5.8), (0.6, 7.6), (1.6, 9.4), (3.4, 9.4), (4.2, 7.8)]
    belly = [(4, 5.4), (2.6, 2.6), (0.4, 1.6), (-1.6, 2)]
    canvas.fill(smooth([*body, *belly]), lighter(coat, 0.14), darker(coat, 0.06))
    front = [(2.4, 8), (3.9, 7.4), (3.95, 5.4), (2.6, 2.8), (0.6, 1.8), (1.2, 4.4)]
    canvas.fill(smooth(front), lighter(breast, 0.12), breast)
    wing = [(0.8, 6.8), (1.3, 5), (-0.2, 3.2), (-3.4, 2.4), (-2.2, 4.6), (-0.8, 6.4)]
    canvas.fill(smooth(wing), coat, darker(coat, 0.3))
    for dip in (0, 0.6, 1.2):
        feather = curve([(0.6, 4.6 - dip * 0.6), (-1, 3.4 - dip * 0.3), (-2.8, 2.8)])
        canvas.line(feather, darker(coat, 0.4), 0.1)
    canvas.fill([(4, 8.6), (5.5, 7.9), (4.1, 7.5)], BEAK, darker(BEAK, 0.15))
    canvas.fill(disc(3.05, 8.35, 0.4), INK)
    canvas.lit(disc(3.18, 8.5, 0.13), (255, 255, 255))


def _twig(canvas: Canvas) -> None:
    canvas.line(curve([(-9, -1), (-4, -0.2), (0, 0.1), (5, -0.2), (10, 1)]), darker(WOOD), 0.6)
    for x, y, turn in ((-6.5, -0.2, 130), (-4, -0.9, 230), (6, 0.7, 60), (8.4, 0, -40)):
        canvas.fill(oval(x, y, 1.2, 0.5, turn), lighter(LEAF, 0.15), LEAF)


def owl(canvas: Canvas, thing: Thing) -> None:
    """Draw an owl on a branch, with large round eyes."""
    coat = paint(thing.colour)
    canvas.line(curve([(-14, -1), (-6, 0), (0, 0.2), (8, -0.3), (14, 0.8)]), darker(WOOD, 0.3), 0.9)
    half = [(0.6, 9), (2.1, 9.9), (2.9, 8.6), (3.3, 5), (2.6, 1.6), (0.9, 0.1)]
    canvas.fill(smooth(both_sides(half)), lighter(coat, 0.08), darker(coat, 0.15))
    canvas.fill(oval(0, 3.3, 1.9, 2.7), mix(coat, (252, 236, 204), 0.65))
    for row in range(4):
        for column in range(-1, 2):
            x, y = column * 0.95 + (row % 2) * 0.45 - 0.2, 1.7 + row * 0.95
            canvas.line([(x - 0.25, y + 0.2), (x, y), (x + 0.25, y + 0.2)], coat, 0.16)
    for side in (-1, 1):
        wing = [(2, 6.6), (3.5, 5.4), (3.5, 2.6), (2.3, 0.9), (2, 3.4)]
        canvas.fill(smooth([(side * x, y) for x, y in wing]), darker(coat, 0.2), darker(coat, 0.4))
        for toe in (0.5, 0.9, 1.3):
            canvas.fill(oval(side * toe, 0.1, 0.18, 0.42), BEAK)
    _owl_eyes(canvas, coat)


def _owl_eyes(canvas: Canvas, coat: Colour) -> None:
    for side in (-1, 1):
        canvas.fill(disc(side * 1.25, 7.3, 1.35), mix(coat, (255, 244, 220), 0.75))
        canvas.lit(disc(side * 1.2, 7.3, 0.92), (255, 206, 84))
        canvas.lit(disc(side * 1.15, 7.3, 0.55), (28, 24, 34))
        canvas.lit(disc(side * 1.15 + 0.2, 7.55, 0.19), (255, 255, 255))
    canvas.fill([(-0.38, 6.9), (0.38, 6.9), (0, 5.9)], BEAK, darker(BEAK))


def fish(canvas: Canvas, thing: Thing) -> None:
    """Draw a fish swimming to the right, striped in its accent."""
    skin = paint(thing.colour)
    stripe = paint(thing.accent) if thing.accent else lighter(skin, 0.6)
    canvas.fill(smooth([(-4.6, 5), (-8, 8.6), (-7.3, 5), (-8, 1.4)]), darker(skin, 0.1))
    fin = [(-2.4, 7.6), (-1.4, 9.8), (1.6, 10), (2.4, 8)]
    canvas.fill(smooth(fin), darker(skin, 0.05), darker(skin, 0.2))
    canvas.fill(smooth([(-0.8, 2.4), (-1.8, 0.2), (0.8, 0.8), (1.6, 2.2)]), darker(skin, 0.15))
    body = [(-5.2, 5), (-2.4, 7.8), (1.6, 8.6), (5, 7), (6.4, 5), (5, 3), (1.6, 1.6), (-2.4, 2.4)]
    canvas.fill(smooth(body), lighter(skin, 0.2), skin, darker(skin, 0.14))
    for x, reach in ((-2.6, 2.3), (0, 3)):
        band = [(x, 5 + reach), (x + 0.9, 5 + reach * 1.06), (x + 1.3, 5), (x + 0.9, 5 - reach)]
        canvas.fill(smooth([*band, (x, 5 - reach * 0.94), (x + 0.3, 5)]), stripe)
    canvas.fill(smooth([(2, 5), (0.4, 6), (-0.4, 4.4), (0.6, 3.6)]), darker(skin, 0.24))
    canvas.fill(disc(4.2, 5.7, 0.85), (255, 252, 244))
    canvas.fill(disc(4.4, 5.7, 0.48), INK)
    canvas.lit(disc(4.55, 5.9, 0.17), (255, 255, 255))
    canvas.line(curve([(6, 4.3), (5.3, 4.1), (4.9, 4.4)]), darker(skin, 0.5), 0.18)


def whale(canvas: Canvas, thing: Thing) -> None:
    """Draw a smiling whale with a fountain, its tail lifted to the left."""
    skin = paint(thing.colour)
    _fountain(canvas)
    fluke = [(-7.6, 6.4), (-8.6, 9.4), (-10.4, 9.8), (-9.8, 7.6), (-11.6, 6.6), (-9.6, 5.8)]
    canvas.fill(smooth(fluke), skin)
    back = [(-8.4, 6.6), (-5.6, 3.8), (-2, 5.6), (2.6, 6.9), (7, 5.6), (8.4, 2.8), (7, 0.4)]
    canvas.fill(smooth([*back, (2, -0.6), (-3.4, 0), (-7, 2.6), (-9, 5.6)]), lighter(skin, 0.1), skin)
    belly = [(8.3, 2.6), (7, 0.4), (2, -0.6), (-3.2, 0), (-1, 1.4), (3.4, 1.6), (6.2, 1.9)]
    canvas.fill(smooth(belly), (240, 246, 248), mix(skin, (240, 246, 248), 0.6))
    canvas.fill(smooth([(2, 1.8), (1.2, -1.6), (-0.8, -2), (0, 1.4)]), darker(skin, 0.2))
    canvas.fill(disc(5.5, 3.5, 0.36), (24, 26, 40))
    canvas.lit(disc(5.62, 3.64, 0.13), (255, 255, 255))
    canvas.line(curve([(8, 2.7), (6.8, 2.1), (5.9, 2.4)]), darker(skin, 0.45), 0.18)


def _fountain(canvas: Canvas) -> None:
    spray = (214, 236, 248)
    for side in (-1, 1):
        plume = [(3.2, 6.6), (3.4 + side * 0.3, 8.4), (3.4 + side * 1.6, 9.4), (3.4 + side * 2.4, 8.2)]
        canvas.line(curve(plume), spray, 0.5)
        canvas.fill(disc(3.4 + side * 2.6, 7.3, 0.3), spray)
    canvas.fill(disc(3.4, 9.9, 0.34), spray)
