"""Trees, flowers, cacti and mushrooms, each growing from its origin."""

import random

from demo.draw.canvas import Canvas
from demo.draw.palette import (
    LEAF,
    SNOW,
    WOOD,
    Colour,
    darker,
    lighter,
    paint,
)
from demo.draw.scene import Thing
from demo.draw.shapes import (
    arc,
    box,
    curve,
    disc,
    oval,
    polar,
    ring,
    smooth,
)

SEEDS = (108, 70, 42)


def tree(canvas: Canvas, thing: Thing) -> None:
    """Draw a broad tree with a round crown; the accent colours its fruit."""
    crown = paint(thing.colour)
    canvas.shadow(0.4, 4)
    trunk = [(-0.9, 0), (-0.45, 1.6), (-0.4, 4.5), (0.4, 4.5), (0.5, 1.6), (1, 0)]
    canvas.fill(smooth(trunk), WOOD, darker(WOOD, 0.3))
    for x, y, radius, shade in (
        (-1.9, 5, 1.9, 0.2),
        (1.9, 4.9, 1.9, 0.24),
        (0, 5.4, 2.4, 0.12),
        (-1.1, 7, 2, 0.02),
        (1.1, 6.9, 2, 0.08),
        (0, 8.1, 1.8, 0),
    ):
        canvas.fill(disc(x, y, radius), lighter(crown, 0.16 - shade / 2), darker(crown, shade))
    if thing.accent:
        for x, y in ((-2, 5.4), (-0.4, 4.4), (1.9, 5.2), (0.6, 6.4), (-1.3, 7.2), (0.8, 8.2)):
            canvas.fill(disc(x, y, 0.42), paint(thing.accent))


def pine(canvas: Canvas, thing: Thing) -> None:
    """Draw a pine of four tiers; an accent of white lays snow on them."""
    needles = paint(thing.colour)
    canvas.shadow(0.2, 2.6)
    canvas.fill(box(-0.4, 0, 0.4, 1.6), WOOD, darker(WOOD, 0.3))
    for bottom, wide, top in ((1.1, 2.9, 4.6), (3, 2.4, 6.4), (4.9, 1.9, 8.2), (6.7, 1.3, 10)):
        canvas.fill(_tier(wide, bottom, top), lighter(needles, 0.1), darker(needles, 0.22))
        if thing.accent:
            canvas.fill(_tier(wide * 0.62, top - (top - bottom) * 0.62, top), SNOW)


def _tier(wide: float, bottom: float, top: float) -> list[tuple[float, float]]:
    hem = curve([(wide, bottom), (wide * 0.45, bottom - 0.4), (-wide * 0.45, bottom - 0.4), (-wide, bottom)])
    return [(0, top), *hem]


def bloom(canvas: Canvas, colour: Colour, *, petals: int = 8) -> None:
    """Draw one open flower about two units wide around the origin."""
    for x, y in ring(0, 0, 0.72, petals):
        canvas.fill(disc(x, y, 0.42), lighter(colour, 0.14), colour)
    canvas.fill(disc(0, 0, 0.58), SEEDS)
    canvas.shade(disc(-0.12, 0.14, 0.3), (255, 220, 160), 60)


def tulip(canvas: Canvas, thing: Thing) -> None:
    """Draw one tulip with two leaves."""
    colour = paint(thing.colour)
    canvas.line(curve([(0, 0), (0.2, 3), (0, 6.6)]), darker(LEAF, 0.1), 0.4)
    for side in (-1, 1):
        leaf = [(0, 0.2), (side * 1.7, 2.6), (side * 2.2, 5.4), (side * 0.7, 3)]
        canvas.fill(smooth(leaf), lighter(LEAF, 0.1), darker(LEAF, 0.1))
    canvas.fill(
        smooth([(-1.1, 9.6), (-1.5, 7.6), (0, 6.2), (1.5, 7.6), (1.1, 9.6), (0, 8.6)]), darker(colour, 0.16)
    )
    canvas.fill(smooth([(0, 10.1), (-0.9, 8), (0, 6.2), (0.9, 8)]), lighter(colour, 0.2), colour)


def sunflower(canvas: Canvas, thing: Thing) -> None:
    """Draw one tall sunflower."""
    canvas.shadow(0, 1.6)
    canvas.line(curve([(0, 0), (0.3, 3.5), (0, 7.6)]), darker(LEAF, 0.1), 0.34)
    for side, y in ((-1, 2.2), (1, 3.6)):
        leaf = [(0.1, y), (side * 1.2, y + 1.3), (side * 2.5, y + 1.1), (side * 1.5, y + 0.1)]
        canvas.fill(smooth(leaf), lighter(LEAF, 0.1), darker(LEAF, 0.1))
    petal = paint(thing.colour)
    for step in range(16):
        x, y = polar(0, 8, 1.5, step * 22.5)
        ray = oval(x, y, 0.72, 0.3, step * 22.5)
        canvas.fill(ray, lighter(petal, 0.1), darker(petal, 0.06))
    canvas.fill(disc(0, 8, 1.15), lighter(SEEDS, 0.1), darker(SEEDS, 0.2))
    for x, y in (*ring(0, 8, 0.75, 9), *ring(0, 8, 0.35, 5)):
        canvas.fill(disc(x, y, 0.1), (176, 122, 66))


def cactus(canvas: Canvas, thing: Thing) -> None:
    """Draw a cactus with two arms and a flower on its head."""
    green = paint(thing.colour)
    canvas.shadow(0.4, 2.8)
    for path, width in (
        ([(-0.4, 3), (-2.3, 3.1), (-2.4, 4.6), (-2.4, 6.2)], 1.1),
        ([(0.4, 4.2), (2.1, 4.3), (2.2, 5.6), (2.2, 7)], 1.0),
        ([(0, 0.2), (0, 5), (0, 8.8)], 1.9),
    ):
        canvas.line(curve(path), darker(green, 0.14), width)
        canvas.line(curve(path), green, width * 0.62)
        canvas.line(curve(path), lighter(green, 0.18), width * 0.2)
    bloom(canvas.moved(0, 9.8, 0.8), paint(thing.accent or "pink"), petals=6)


def mushroom(canvas: Canvas, thing: Thing) -> None:
    """Draw a spotted mushroom."""
    cap = paint(thing.colour)
    canvas.shadow(0.2, 3.2)
    stem = [(-1.3, 0), (-1, 2.6), (-0.9, 5), (0.9, 5), (1, 2.6), (1.4, 0)]
    canvas.fill(smooth(stem), (255, 250, 238), (226, 206, 182))
    canvas.fill(oval(0, 4.9, 3.2, 0.8), (232, 214, 190))
    dome = [*arc(0, 4.8, 4.2, 5, (0, 180)), (-2.6, 4.3), (2.6, 4.3)]
    canvas.fill(dome, lighter(cap, 0.18), cap, darker(cap, 0.1))
    for x, y, radius in (
        (-2.2, 6.4, 0.6),
        (0.2, 7.9, 0.75),
        (2, 6.6, 0.65),
        (0.1, 5.6, 0.5),
        (-3.2, 5.1, 0.35),
        (3.2, 5.2, 0.35),
    ):
        canvas.fill(oval(x, y, radius, radius * 0.85), (255, 248, 236))


def grass(canvas: Canvas, colour: Colour, rng: random.Random) -> None:
    """Draw one tuft of grass about two units high."""
    for lean in (-0.7, 0, 0.6):
        tip = lean + rng.uniform(-0.3, 0.3)
        canvas.line(curve([(lean * 0.3, 0), (lean * 0.5, 1), (tip, 2)]), colour, 0.22)
