"""Things that travel: boats, balloons, rockets and bicycles."""

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
from demo.draw.plants import bloom
from demo.draw.scene import Thing
from demo.draw.shapes import (
    Point,
    arc,
    box,
    curve,
    disc,
    oval,
    polar,
    smooth,
)

CLOTH = (253, 249, 238)
STEEL = (206, 212, 224)


def boat(canvas: Canvas, thing: Thing) -> None:
    """Draw a boat with two sails; the colour is the sails', the accent the hull's."""
    sail, hull = paint(thing.colour), paint(thing.accent or "brown")
    _reflection(canvas, sail, hull)
    canvas.line([(0, 1.2), (0, 10)], darker(WOOD, 0.2), 0.18)
    main = [(0.25, 9.6), *curve([(0.25, 9.6), (2.2, 6.4), (4.1, 2.4)]), (0.25, 2.2)]
    canvas.fill(main, lighter(sail, 0.16), darker(sail, 0.06))
    jib = [(-0.2, 8.9), *curve([(-0.2, 8.9), (-1.6, 5.6), (-3.2, 2.4)]), (-0.2, 2.2)]
    canvas.fill(jib, lighter(sail, 0.3), sail)
    canvas.line([(0.25, 2.3), (4.1, 2.4)], darker(WOOD), 0.16)
    for up in (4.2, 6.2):
        canvas.shade(
            [(0.25, up), (3.9 - up * 0.4, up), (3.9 - up * 0.4, up + 0.08), (0.25, up + 0.08)], INK, 60
        )
    canvas.fill([(0, 9.9), (1.3, 10.3), (0, 10.7)], (214, 66, 56))
    side = [(-4.6, 1.9), (4.9, 2), (3.7, 0.1), (-3.4, 0.1)]
    canvas.fill(side, lighter(hull, 0.16), darker(hull, 0.2))
    canvas.fill([(-4.6, 1.9), (4.9, 2), (4.75, 1.65), (-4.4, 1.55)], CLOTH)
    for x in (-2, 0, 2):
        canvas.fill(disc(x, 1, 0.24), (250, 234, 200))


def _reflection(canvas: Canvas, sail: Colour, hull: Colour) -> None:
    for step, colour in enumerate([darker(hull, 0.2)] * 4 + [sail] * 5):
        y, reach = -0.25 - step * 0.42, 3.7 - step * 0.36
        canvas.shade(oval(0.15 * (step % 3 - 1), y, reach, 0.14), colour, 120 - step * 10)


def balloon(canvas: Canvas, thing: Thing) -> None:
    """Draw a hot air balloon whose gores take turns in two colours."""
    one, two = paint(thing.colour), paint(thing.accent or "cream")
    for x in (-1, 1):
        canvas.line([(x * 0.9, 3.3), (x * 0.55, 1.5)], darker(WOOD, 0.3), 0.09)
        canvas.line([(x * 0.2, 3.3), (x * 0.5, 1.5)], darker(WOOD, 0.3), 0.09)
    for index, wide in enumerate((3.6, 2.75, 1.7, 0.6)):
        colour = one if index % 2 == 0 else two
        canvas.fill(_envelope(wide), lighter(colour, 0.2), colour, darker(colour, 0.16))
    canvas.shade(
        smooth([(1.4, 9.4), (3.3, 7.6), (3, 5.4), (1.2, 3.6), (2.3, 5.6), (2.3, 7.8)]), (40, 20, 60), 40
    )
    canvas.shade(oval(-1.7, 7.9, 0.55, 1.1, -24), (255, 255, 255), 80)
    canvas.fill(box(-0.95, 3.1, 0.95, 3.4), darker(one, 0.3))
    basket = [(-0.75, 1.5), (0.75, 1.5), (0.62, 0.1), (-0.62, 0.1)]
    canvas.fill(basket, lighter(WOOD, 0.2), WOOD)
    canvas.fill(box(-0.85, 1.4, 0.85, 1.65), darker(WOOD))
    for y in (0.5, 0.95):
        canvas.shade(box(-0.68, y, 0.68, y + 0.09), INK, 80)


def _envelope(wide: float) -> list[Point]:
    top = arc(0, 6.7, wide, 3.3, (0, 180))
    low = wide * 0.27
    left = curve([(-wide, 6.7), (-wide * 0.8, 5.1), (-low, 3.3)])
    right = curve([(low, 3.3), (wide * 0.8, 5.1), (wide, 6.7)])
    return [*top, *left, *right]


def rocket(canvas: Canvas, thing: Thing) -> None:
    """Draw a rocket rising on its flame; the accent colours fins and nose."""
    body, trim = paint(thing.colour), paint(thing.accent or "red")
    canvas.glow(0, -0.4, 3.4, (255, 170, 80))
    for wide, tip, colour in (
        (1.15, -2.6, (255, 150, 60)),
        (0.75, -1.6, (255, 222, 110)),
        (0.35, -0.6, (255, 252, 226)),
    ):
        canvas.lit(
            smooth([(-wide * 0.8, 1.1), (-wide, 0.3), (0, tip), (wide, 0.3), (wide * 0.8, 1.1)]), colour
        )
    for side in (-1, 1):
        fin = [(side * 1.2, 4), (side * 2.9, 1.9), (side * 2.8, 0.3), (side * 1.1, 1.5)]
        canvas.fill(smooth(fin), lighter(trim, 0.1), darker(trim, 0.16))
    hull = [(0, 10), (1.2, 7.8), (1.65, 5), (1.1, 1.1), (-1.1, 1.1), (-1.65, 5), (-1.2, 7.8)]
    canvas.fill(smooth(hull), lighter(body, 0.1), darker(body, 0.06))
    canvas.shade(
        smooth([(0.3, 9.4), (1.2, 7.6), (1.6, 5), (1.1, 1.2), (0.4, 1.1), (0.9, 5)]), (30, 26, 70), 54
    )
    canvas.fill([(0, 10.2), *curve([(0.55, 9.3), (1.22, 7.8)]), *curve([(-1.22, 7.8), (-0.55, 9.3)])], trim)
    canvas.fill(disc(0, 5.9, 0.85), darker(STEEL, 0.3))
    canvas.lit(disc(0, 5.9, 0.62), (176, 226, 246), (74, 140, 200))
    canvas.shade(oval(-0.2, 6.15, 0.16, 0.26, -30), (255, 255, 255), 190)
    canvas.fill(box(-1.12, 0.9, 1.12, 1.35), darker(STEEL, 0.35))
    canvas.fill(smooth([(-0.2, 3.6), (0.2, 3.6), (0.24, 1), (-0.24, 1)]), trim)


def bicycle(canvas: Canvas, thing: Thing) -> None:
    """Draw a bicycle; an accent puts flowers of that colour into its basket."""
    frame = paint(thing.colour)
    canvas.shadow(0, 9)
    for x in (-5, 5):
        _wheel(canvas.moved(x, 3.1))
    saddle, crank, head, hub, axle = (-2.5, 6.6), (-0.6, 3), (3.5, 7), (-5, 3.1), (5, 3.1)
    for path in (
        [hub, crank, head],
        [hub, (-2.1, 5.9), (3.3, 6.3)],
        [saddle, crank],
        [axle, head, (3.2, 8.3)],
    ):
        canvas.line(path, frame, 0.42)
    canvas.line([(3.2, 8.3), (4.1, 8.9), (2.6, 9.3)], darker(STEEL, 0.4), 0.3)
    canvas.line([(3.9, 9), (2.5, 9.4)], INK, 0.44)
    canvas.fill(smooth([(-4, 7.1), (-1.4, 6.9), (-1.5, 6.5), (-3, 6.4), (-4, 6.6)]), darker(WOOD, 0.2))
    canvas.fill(disc(*crank, 0.75), darker(STEEL, 0.3))
    canvas.line([(-1.1, 2), (-0.1, 4)], INK, 0.24)
    if thing.accent:
        _basket(canvas.moved(5.2, 6.6), paint(thing.accent))


def _wheel(canvas: Canvas) -> None:
    for step in range(12):
        canvas.line([(0, 0), polar(0, 0, 2.8, step * 30 + 8)], darker(STEEL, 0.1), 0.05)
    canvas.line(oval(0, 0, 2.9, 2.9), INK, 0.34)
    canvas.line(oval(0, 0, 2.62, 2.62), lighter(STEEL, 0.2), 0.12)
    canvas.fill(disc(0, 0, 0.36), darker(STEEL, 0.3))


def _basket(canvas: Canvas, colour: Colour) -> None:
    for x, y in ((-1, 2.4), (0.1, 3), (1.2, 2.5), (-0.4, 1.8), (0.8, 1.9)):
        canvas.line([(x * 0.5, 1), (x, y)], LEAF, 0.2)
        bloom(canvas.moved(x, y, 0.62), colour, petals=6)
    wicker = mix(WOOD, (240, 210, 160), 0.45)
    canvas.fill([(-1.5, 1.7), (1.6, 1.7), (1.2, 0), (-1.1, 0)], lighter(wicker, 0.1), wicker)
    for y in (0.4, 0.85, 1.3):
        canvas.line([(-1.25 - y * 0.12, y), (1.3 + y * 0.12, y)], darker(wicker, 0.25), 0.1)
