"""What is above: sky, sun, moon, clouds, stars, rain and snow."""

import random

from demo.draw.canvas import Canvas
from demo.draw.palette import Colour, darker, lighter, mix
from demo.draw.shapes import Point, Points, box, disc, oval, star

WHITE: Colour = (255, 255, 255)
# A cloud that touches the sun looks like a hat on a head.
CLEAR = 17


def sky(canvas: Canvas, rng: random.Random, *, orb: bool = True) -> float:
    """Draw the sky of the hour and return where across its sun or moon stands."""
    light = canvas.light
    canvas.sky(*light.sky)
    if light.dark:
        stars(canvas, rng, 70)
    across = rng.choice((rng.uniform(14, 34), rng.uniform(66, 86)))
    if orb:
        _orb(canvas, across, rng.uniform(76, 84))
    if not light.dark:
        for step in range(3):
            x, y = step * 34 + rng.uniform(2, 30), rng.uniform(68, 94)
            if orb and abs(x - across) < CLEAR:
                continue
            cloud(canvas.moved(x, y, rng.uniform(0.7, 1.2)), rng)
    return across


def _orb(canvas: Canvas, x: float, y: float) -> None:
    colour = canvas.light.orb
    canvas.glow(x, y, 26, colour)
    canvas.lit(disc(x, y, 6), lighter(colour, 0.5), colour)
    if canvas.light.dark:
        for dx, dy, radius in ((-2, 1.6, 1.2), (1.6, -1.2, 1.7), (-1, -2.8, 0.8)):
            canvas.shade(disc(x + dx, y + dy, radius), (176, 176, 196), 90)


def cloud(canvas: Canvas, rng: random.Random) -> None:
    """Draw one cloud about twenty units wide, flat below."""
    colour = mix(WHITE, canvas.light.haze, 0.4)
    canvas.lit(_cloud_outline(rng), mix(colour, WHITE, 0.7), colour)


def _cloud_outline(rng: random.Random) -> Points:
    puffs = [
        (x + rng.uniform(-1, 1), radius * rng.uniform(0.85, 1.15))
        for x, radius in ((-7, 2.6), (-3, 4.2), (1.5, 5), (5.4, 3.4), (8.4, 2))
    ]
    left = min(x - radius for x, radius in puffs)
    right = max(x + radius for x, radius in puffs)
    outline: list[Point] = []
    for step in range(41):
        x = left + (right - left) * step / 40
        tops = [radius**2 - (x - middle) ** 2 for middle, radius in puffs]
        outline.append((x, max(0.0, *tops) ** 0.5))
    return [*outline, (right - 0.6, -0.7), (left + 0.6, -0.7)]


def stars(canvas: Canvas, rng: random.Random, count: int) -> None:
    """Scatter stars over the upper part of the picture, a few of them large."""
    for index in range(count):
        x, y = rng.uniform(1, 99), 100 - rng.uniform(0, 8) ** 2
        if index % 18 == 0:
            canvas.glow(x, y, 2.4, (255, 250, 220))
            canvas.lit(star(x, y, 0.9, 4), (255, 252, 232))
        else:
            canvas.shade(disc(x, y, rng.uniform(0.1, 0.26)), (255, 252, 232), rng.randint(110, 240))


def snowfall(canvas: Canvas, rng: random.Random) -> None:
    """Let snow fall over everything drawn so far."""
    for _ in range(110):
        flake = disc(rng.uniform(0, 100), rng.uniform(0, 100), rng.uniform(0.15, 0.6))
        canvas.shade(flake, WHITE, rng.randint(110, 230))


def rain(canvas: Canvas, rng: random.Random) -> None:
    """Let slanted rain fall over everything drawn so far."""
    for _ in range(120):
        x, y, length = rng.uniform(0, 104), rng.uniform(0, 100), rng.uniform(2, 5)
        streak = [(x, y), (x + 0.16, y), (x - length * 0.22, y - length)]
        canvas.shade(streak, (226, 238, 250), rng.randint(60, 130))


def bubbles(canvas: Canvas, rng: random.Random) -> None:
    """Let bubbles rise through water."""
    for _ in range(16):
        x, y, radius = rng.uniform(4, 96), rng.uniform(16, 92), rng.uniform(0.5, 1.6)
        canvas.shade(disc(x, y, radius), WHITE, 50)
        canvas.shade(oval(x - radius * 0.3, y + radius * 0.3, radius * 0.3, radius * 0.2), WHITE, 150)


def clouds(canvas: Canvas, rng: random.Random) -> None:
    """Draw nothing but sky, with banks of cloud below."""
    sky(canvas, rng)
    for y, scale in ((19, 1.6), (13, 2.2), (4, 3)):
        canvas.lit(box(-2, -2, 102, y), lighter(canvas.light.haze, 0.6))
        for step in range(6):
            cloud(canvas.moved(step * 21 - 4 + rng.uniform(-6, 6), y, scale), rng)


def space(canvas: Canvas, rng: random.Random) -> None:
    """Draw deep space: nebulas, stars and no ground."""
    canvas.sky((16, 12, 44), (34, 22, 78), (62, 32, 92))
    for _ in range(5):
        tint = rng.choice(((120, 60, 170), (50, 90, 180), (190, 70, 130)))
        canvas.glow(rng.uniform(0, 100), rng.uniform(0, 100), rng.uniform(30, 50), darker(tint, 0.35))
    stars(canvas, rng, 50)
    stars(canvas.moved(0, -46), rng, 60)
