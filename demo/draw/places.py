"""Places out of doors: hills, snow, mountains, forests, deserts and meadows."""

import math
import random

from demo.draw.canvas import Canvas
from demo.draw.palette import Colour, darker, lighter, mix, paint
from demo.draw.plants import cactus, grass, pine, tree, tulip
from demo.draw.scene import Thing
from demo.draw.shapes import Points, disc, oval
from demo.draw.skies import sky, snowfall

MEADOW: Colour = (126, 178, 92)
SAND: Colour = (236, 196, 130)
WHITE: Colour = (255, 255, 255)


def ridge(rng: random.Random, base: float, swing: float) -> Points:
    """Return a soft hill line closed below the picture."""
    phase, wave = rng.uniform(0, 6.3), rng.uniform(0.045, 0.07)
    line = [
        (x, base + swing * (math.sin(x * wave + phase) + 0.4 * math.sin(x * wave * 2.3)))
        for x in range(-2, 104, 2)
    ]
    return [(-2.0, -2.0), *line, (102.0, -2.0)]


def height(outline: Points, x: float) -> float:
    """Return how high a ridge is at x."""
    index = min(len(outline) - 2, max(1, 1 + round((x + 2) / 2)))
    return outline[index][1]


def crags(rng: random.Random, base: float, rise: float, step: int = 9) -> Points:
    """Return a jagged mountain line closed below the picture."""
    line, up, shift = [], True, rng.uniform(0, step)
    for x in range(-step * 2, 101 + step * 2, step):
        lift = rng.uniform(0.4, 1) if up else rng.uniform(-0.1, 0.3)
        line.append((x + shift + rng.uniform(-4, 4), base + rise * lift))
        up = not up
    return [(line[0][0], -2.0), *line, (line[-1][0], -2.0)]


def hills(canvas: Canvas, rng: random.Random) -> None:
    """Draw green hills, small trees on the middle one, flowers before them."""
    sky(canvas, rng)
    haze = canvas.light.haze
    canvas.wash(ridge(rng, 44, 5), mix(MEADOW, haze, 0.62), mix(MEADOW, haze, 0.4))
    middle = ridge(rng, 35, 4)
    canvas.wash(middle, mix(MEADOW, haze, 0.3), darker(MEADOW, 0.12))
    for _ in range(7):
        x = rng.uniform(2, 98)
        small = Thing("tree", "green", x, height(middle, x) - 0.6, rng.uniform(5, 9))
        rng.choice((tree, pine))(canvas.at(small), small)
    canvas.wash(ridge(rng, 24, 2.4), lighter(MEADOW, 0.1), darker(MEADOW, 0.24))
    flowers(canvas, rng, 20)


def flowers(canvas: Canvas, rng: random.Random, top: float) -> None:
    """Scatter tufts of grass and small flowers up to that height."""
    for _ in range(34):
        y = rng.uniform(1, top)
        spot = canvas.moved(rng.uniform(1, 99), y, 1.1 - y / 40)
        grass(spot, darker(MEADOW, 0.22), rng)
    for _ in range(26):
        y = rng.uniform(1, top)
        colour = rng.choice(((255, 246, 236), (250, 214, 92), (240, 140, 150)))
        canvas.fill(disc(rng.uniform(1, 99), y, 0.75 - y / 60), colour)


def tulip_field(canvas: Canvas, rng: random.Random) -> None:
    """Draw rows of tulips that run towards low hills."""
    sky(canvas, rng)
    canvas.wash(ridge(rng, 38, 3), mix(MEADOW, canvas.light.haze, 0.5))
    canvas.wash(ridge(rng, 31, 1.5), lighter(MEADOW, 0.1), MEADOW)
    names = ("red", "yellow", "pink", "orange", "purple")
    for row in range(8):
        y, size = 29 - row**1.7 * 1.06, 2.2 + row * 1.5
        name = names[row % len(names)]
        for step in range(int(106 / (size * 0.5))):
            x = step * size * 0.5 - 2 + (row % 2) * size * 0.25
            if row < 4:  # noqa: PLR2004 - far rows are only dabs of colour
                canvas.fill(oval(x, y + size * 0.8, size * 0.17, size * 0.26), paint(name))
                continue
            flower = Thing("tulip", name, x, y + rng.uniform(-0.6, 0.6), size)
            tulip(canvas.at(flower), flower)


def snow(canvas: Canvas, rng: random.Random) -> None:
    """Draw snowy slopes with snow-laden pines and falling snow."""
    sky(canvas, rng, orb=canvas.light.dark)
    cold = mix((214, 226, 244), canvas.light.haze, 0.3)
    far = ridge(rng, 44, 4)
    canvas.wash(far, mix(cold, canvas.light.haze, 0.5))
    for _ in range(9):
        x = rng.uniform(0, 100)
        small = Thing("pine", "teal", x, height(far, x) - 1, rng.uniform(9, 16), "white")
        pine(canvas.at(small), small)
    canvas.wash(ridge(rng, 34, 3), (244, 248, 255), cold)
    canvas.wash(ridge(rng, 20, 2), (255, 255, 255), (222, 232, 246))
    snowfall(canvas, rng)


def mountains(canvas: Canvas, rng: random.Random) -> None:
    """Draw snow-capped mountains behind a lake that mirrors them."""
    sky(canvas, rng)
    haze = canvas.light.haze
    for base, rise, share in ((40, 30, 0.62), (36, 20, 0.36)):
        peaks = crags(rng, base, rise, 13)
        stone = mix((98, 112, 148), haze, share)
        canvas.wash(peaks, lighter(stone, 0.1), darker(stone, 0.1))
        for left, top, right in zip(peaks[1:], peaks[2:], peaks[3:], strict=False):
            if top[1] > max(left[1], right[1]):
                _peak(canvas, left, top, right)
    canvas.wash(ridge(rng, 33, 1.4), mix((64, 112, 92), haze, 0.2))
    _lake(canvas, rng)


def _peak(
    canvas: Canvas,
    left: tuple[float, float],
    top: tuple[float, float],
    right: tuple[float, float],
) -> None:
    def down(to: tuple[float, float], share: float) -> tuple[float, float]:
        return top[0] + (to[0] - top[0]) * share, top[1] + (to[1] - top[1]) * share

    west, east = down(left, 0.4), down(right, 0.4)
    foot = top[0], west[1] - 1
    teeth = [
        (west[0] * 0.6 + foot[0] * 0.4, foot[1] + 2.4),
        foot,
        (east[0] * 0.5 + foot[0] * 0.5, east[1] + 2),
    ]
    canvas.fill([top, west, *teeth, east], (255, 255, 255), (224, 232, 246))
    canvas.shade([top, down(right, 1), (top[0] + 1, right[1])], (40, 40, 90), 36)


def _lake(canvas: Canvas, rng: random.Random) -> None:
    water = mix((70, 140, 180), canvas.light.sky[1], 0.55)
    canvas.wash([(-2, 31), (102, 31), (102, -2), (-2, -2)], water, darker(water, 0.34))
    for _ in range(30):
        y = rng.uniform(1, 30)
        reach = (34 - y) * 0.32
        x = rng.uniform(0, 100)
        canvas.shade(oval(x, y, reach, 0.12 + (30 - y) * 0.006), WHITE, 70)


def forest(canvas: Canvas, rng: random.Random) -> None:
    """Draw rows of pines that fade into mist, and a clearing."""
    sky(canvas, rng, orb=canvas.light.dark)
    haze = canvas.light.haze
    for row, (base, size) in enumerate(((36, 34), (29, 42), (22, 50))):
        ground = ridge(rng, base, 1.5)
        share = 0.66 - row * 0.26
        canvas.wash(ground, mix(MEADOW, haze, share))
        for step in range(8 - row):
            x = (step + rng.uniform(0.2, 0.8)) * 100 / (8 - row)
            if row == 2 and 22 < x < 78:  # noqa: PLR2004 - the clearing
                continue
            needles = mix((48, 104, 88), haze, share)
            _misty_pine(canvas.moved(x, base - 1, size / 10 * rng.uniform(0.8, 1.1)), needles)
    canvas.wash(ridge(rng, 17, 1.4), MEADOW, darker(MEADOW, 0.3))
    flowers(canvas, rng, 13)


def _misty_pine(canvas: Canvas, needles: Colour) -> None:
    canvas.fill([(-0.2, 0), (0.2, 0), (0.2, 2), (-0.2, 2)], darker(needles, 0.3))
    for bottom, wide, top in ((1, 2.2, 4.6), (2.8, 1.8, 6.6), (4.8, 1.4, 8.4), (6.6, 1, 10)):
        canvas.fill([(-wide, bottom), (wide, bottom), (0, top)], lighter(needles, 0.08), darker(needles, 0.1))


def desert(canvas: Canvas, rng: random.Random) -> None:
    """Draw dunes and table mountains."""
    sky(canvas, rng)
    haze = canvas.light.haze
    rock = mix((206, 112, 76), haze, 0.4)
    for x in (rng.uniform(8, 30), rng.uniform(60, 84)):
        wide, tall = rng.uniform(10, 16), rng.uniform(54, 62)
        canvas.wash(
            [(x - wide - 4, 36), (x - wide, tall), (x + wide, tall), (x + wide + 4, 36)],
            lighter(rock, 0.1),
            darker(rock, 0.1),
        )
        canvas.shade(
            [
                (x - wide - 1, tall - 6),
                (x + wide + 1, tall - 6),
                (x + wide + 1.6, tall - 8),
                (x - wide - 1.6, tall - 8),
            ],
            (90, 30, 40),
            40,
        )
    canvas.wash(ridge(rng, 38, 3), mix(SAND, haze, 0.4), SAND)
    canvas.wash(ridge(rng, 28, 3), lighter(SAND, 0.1), darker(SAND, 0.1))
    small = Thing("cactus", "green", rng.uniform(6, 94), 33, 6)
    cactus(canvas.at(small), small)
    canvas.wash(ridge(rng, 17, 2), lighter(SAND, 0.25), darker(SAND, 0.16))
