"""Places that people built: a street, a table by a wall, a wall for signs."""

import random

from demo.draw.canvas import Canvas
from demo.draw.palette import INK, LAMP, WOOD, Colour, darker, lighter, mix
from demo.draw.shapes import box, oval
from demo.draw.skies import rain, sky

WHITE: Colour = (255, 255, 255)


def street(canvas: Canvas, rng: random.Random) -> None:
    """Draw an evening street in the rain, lamps mirrored by the wet ground."""
    sky(canvas, rng, orb=False)
    for row, share in ((0, 0.6), (1, 0.3)):
        x = -4.0
        while x < 102:  # noqa: PLR2004 - past the right edge
            wide, top = rng.uniform(11, 17), rng.uniform(56, 78) - row * 14
            wall = mix(rng.choice(((92, 84, 124), (70, 92, 130), (126, 88, 110))), canvas.light.haze, share)
            canvas.wash(box(x, 24, x + wide, top), wall, darker(wall, 0.2))
            _lit_windows(canvas, rng, (x, wide, top))
            x += wide + 0.4
    canvas.wash(box(-2, -2, 102, 27), (132, 134, 156), (74, 78, 106))
    for x in (12, 88):
        _street_lamp(canvas.moved(x, 22, 3.9))
    rain(canvas, rng)


def _lit_windows(canvas: Canvas, rng: random.Random, house: tuple[float, float, float]) -> None:
    x, wide, top = house
    for row in range(int((top - 34) / 6)):
        for column in range(3):
            left, low = x + 1.6 + column * (wide - 2) / 3, top - 6 - row * 6
            pane = box(left, low, left + 2, low + 3)
            if rng.random() < 0.5:  # noqa: PLR2004 - half of them are lit
                canvas.lit(pane, LAMP, (250, 186, 96))
            else:
                canvas.fill(pane, (74, 78, 116))


def _street_lamp(canvas: Canvas) -> None:
    for step in range(7):
        canvas.shade(oval(0, -0.6 - step * 0.62, 1.3 - step * 0.1, 0.16), LAMP, 130 - step * 14)
    canvas.line([(0, 0), (0, 8.2)], INK, 0.28)
    canvas.fill(box(-0.6, 0, 0.6, 0.4), INK)
    canvas.glow(0, 9, 4.6, LAMP)
    canvas.lit([(-0.5, 8.2), (0.5, 8.2), (0.75, 9.5), (-0.75, 9.5)], (255, 246, 206), LAMP)
    canvas.fill([(-0.95, 9.5), (0.95, 9.5), (0, 10.3)], INK)


def table(canvas: Canvas, rng: random.Random) -> None:
    """Draw a wooden table before a wall on which a window throws its light."""
    wall = rng.choice(((242, 222, 190), (198, 220, 214), (226, 208, 226), (196, 214, 234)))
    canvas.wash(box(-2, 24, 102, 102), lighter(wall, 0.3), darker(wall, 0.06))
    for stripe in range(3, 102, 8):
        canvas.shade(box(stripe, 24, stripe + 2.6, 102), WHITE, 40)
    lean, left = rng.choice((-1, 1)) * 8, rng.uniform(8, 54)
    for x in (left, left + 20):
        for y in (48, 70):
            canvas.shade(
                [(x + lean, y + 18), (x + 17 + lean, y + 18), (x + 17, y), (x, y)], (255, 250, 214), 110
            )
    canvas.wash(box(-2, -2, 102, 30), lighter(WOOD, 0.32), WOOD)
    canvas.shade(box(-2, 29, 102, 30), (255, 240, 210), 120)
    for _ in range(16):
        vein = oval(rng.uniform(0, 100), rng.uniform(1, 28), rng.uniform(8, 22), 0.14)
        canvas.shade(vein, darker(WOOD, 0.4), 60)
    canvas.shade(box(-2, -2, 102, 3), darker(WOOD, 0.5), 80)


def bricks(canvas: Canvas, rng: random.Random) -> None:
    """Draw a dark brick wall, made for neon signs."""
    canvas.sky((26, 20, 40), (16, 12, 28))
    for row in range(21):
        for column in range(-1, 11):
            x, y = column * 10 + (row % 2) * 5, row * 5
            tone = mix((46, 30, 52), (66, 40, 62), rng.random())
            canvas.wash(box(x + 0.25, y + 0.25, x + 9.75, y + 4.75), tone)
