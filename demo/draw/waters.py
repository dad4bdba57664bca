"""Places with water: the sea, waves, a lake, and under the surface."""

import random

from demo.draw.canvas import Canvas
from demo.draw.palette import (
    Colour,
    darker,
    lighter,
    mix,
)
from demo.draw.shapes import Point, Points, box, curve, disc, oval, smooth
from demo.draw.skies import bubbles, rain, sky

WHITE: Colour = (255, 255, 255)
DEEP: Colour = (34, 104, 152)
HORIZON = 40


def sea(canvas: Canvas, rng: random.Random) -> None:
    """Draw the open sea with the light's path on it, and a far island."""
    orb = sky(canvas, rng)
    water = mix(DEEP, canvas.light.sky[1], 0.55)
    isle = mix((92, 116, 128), canvas.light.haze, 0.5)
    left = rng.uniform(4, 20)
    hill = curve([(left, HORIZON - 1), (left + 9, 46), (left + 16, 44), (left + 30, HORIZON - 1)])
    canvas.wash(hill, isle)
    canvas.wash(box(-2, -2, 102, HORIZON), water, mix(DEEP, water, 0.4), darker(DEEP, 0.2))
    for step in range(70):
        y = HORIZON - 0.6 - (step / 70) ** 1.6 * HORIZON
        near = (HORIZON - y) / HORIZON
        reach = rng.uniform(1, 3) + near * 4
        colour = lighter(canvas.light.haze, 0.3)
        canvas.shade(oval(rng.uniform(0, 100), y, reach, 0.1 + near * 0.22), colour, 80)
    _path_of_light(canvas, rng, orb)
    if canvas.light.wet:
        rain(canvas, rng)


def _path_of_light(canvas: Canvas, rng: random.Random, orb: float) -> None:
    for step in range(26):
        y = HORIZON - 0.8 - step * 0.9
        reach = rng.uniform(1.5, 4.5) + step * 0.12
        x = orb + rng.uniform(-2.5, 2.5)
        canvas.shade(oval(x, y, reach, 0.2), canvas.light.orb, 150)


def waves(canvas: Canvas, rng: random.Random) -> None:
    """Draw rolling waves in rows, as paper would be cut."""
    sky(canvas, rng)
    for row in range(4):
        base = 38 - row * 9
        colour = mix(DEEP, canvas.light.haze, 0.5 - row * 0.15)
        canvas.wash(_wave_row(base, rng.uniform(0, 14)), lighter(colour, 0.1), darker(colour, 0.1))


def _wave_row(base: float, shift: float) -> Points:
    crests: list[Point] = []
    for step in range(-1, 9):
        x = step * 14 - shift
        crests += [(x, base), (x + 5, base + 4), (x + 9, base + 4.6), (x + 11, base + 1.4)]
    return [(-16, -2), *curve(crests), (112, base), (112, -2)]


def under_water(canvas: Canvas, rng: random.Random) -> None:
    """Draw clear water with rays of light, weeds, corals and sand."""
    canvas.sky((150, 226, 230), (54, 164, 196), (22, 92, 150))
    for x in (8, 26, 46, 70, 88):
        lean, wide = rng.uniform(4, 18), rng.uniform(2, 6)
        canvas.shade(
            [(x, 101), (x + wide, 101), (x + wide * 3 - lean, 0), (x - wide * 2 - lean, 0)], WHITE, 24
        )
    canvas.wash(
        smooth([(-10, -9), (-6, 16), (24, 12), (52, 17), (80, 11), (108, 16), (110, -9)]),
        (150, 176, 176),
        (90, 140, 150),
    )
    for _ in range(9):
        weed(canvas.moved(rng.uniform(0, 100), rng.uniform(6, 12), rng.uniform(1, 2.2)), rng)
    canvas.wash(
        smooth([(-10, -9), (-6, 8), (20, 10), (48, 5), (76, 10), (108, 6), (110, -9)]),
        (244, 222, 172),
        (206, 180, 140),
    )
    for _ in range(5):
        _coral(canvas.moved(rng.uniform(2, 98), rng.uniform(2, 5), rng.uniform(0.8, 1.3)), rng)
    bubbles(canvas, rng)


def weed(canvas: Canvas, rng: random.Random) -> None:
    """Draw one swaying water plant about ten units high."""
    green = mix((40, 132, 112), (110, 170, 90), rng.random())
    sway = rng.uniform(0.6, 1.6)
    spine = curve([(0, 0), (sway, 3), (-sway, 6.5), (sway * 0.6, 10)])
    leaf = [*((x - 0.55, y) for x, y in spine), *((x + 0.55, y) for x, y in reversed(spine[:-3]))]
    canvas.fill(leaf, lighter(green, 0.1), darker(green, 0.2))


def _coral(canvas: Canvas, rng: random.Random) -> None:
    colour = rng.choice(((240, 120, 120), (250, 160, 100), (206, 120, 190)))
    for x, y in ((-3, 5), (-1, 7), (1.4, 6.4), (3.2, 4.6)):
        canvas.line(curve([(0, 0), (x * 0.4, y * 0.4), (x, y)]), colour, 1)
        canvas.fill(disc(x, y, 0.75), lighter(colour, 0.16))


def lake(canvas: Canvas, rng: random.Random) -> None:
    """Draw a still lake between dark banks, with faint ripples."""
    sky(canvas, rng)
    bank = mix((70, 104, 112), canvas.light.haze, 0.35)
    canvas.wash(
        smooth([(-20, 20), (-8, 50), (14, 46), (30, 40), (60, 43), (88, 52), (108, 47), (120, 20)]), bank
    )
    water = mix(DEEP, canvas.light.sky[1], 0.6)
    canvas.wash(box(-2, -2, 102, 36), water, darker(DEEP, 0.3))
    for _ in range(46):
        y = rng.uniform(0, 35)
        canvas.shade(oval(rng.uniform(0, 100), y, 2 + (36 - y) * 0.2, 0.16), lighter(canvas.light.haze), 60)
