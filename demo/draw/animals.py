"""Cats, dogs, foxes and rabbits, sitting on their origin and looking at you."""

from demo.draw.canvas import Canvas
from demo.draw.palette import (
    INK,
    Colour,
    darker,
    lighter,
    luminance,
    mix,
    paint,
)
from demo.draw.scene import Thing
from demo.draw.shapes import (
    Points,
    arc,
    both_sides,
    box,
    curve,
    disc,
    oval,
    smooth,
)

NOSE = (232, 130, 140)


def _body(canvas: Canvas, coat: Colour, *, wide: float = 2.5) -> None:
    half = [(0.9, 5.6), (wide * 0.72, 4.2), (wide, 2), (wide * 0.92, 0.4), (wide * 0.5, 0)]
    canvas.fill(smooth(both_sides(half)), lighter(coat, 0.08), darker(coat, 0.12))
    for side in (-1, 1):
        canvas.fill(oval(side * wide * 0.78, 0.35, 0.85, 0.42), lighter(coat, 0.06))
        leg = [(side * 0.12, 0), (side * 0.95, 0), (side * 0.9, 3), (side * 0.2, 3)]
        canvas.fill(smooth(leg), lighter(coat, 0.12), coat)
    canvas.shade(box(-0.05, 0.1, 0.05, 2.2), (20, 16, 40), 70)


def _eyes(canvas: Canvas, y: float, apart: float, iris: Colour | None) -> None:
    for x in (-apart, apart):
        if iris:
            canvas.fill(oval(x, y, 0.42, 0.46), iris)
            canvas.fill(oval(x, y, 0.2, 0.42), (24, 22, 30))
        else:
            canvas.fill(oval(x, y, 0.3, 0.36), (30, 26, 32))
        canvas.lit(disc(x + 0.1, y + 0.17, 0.11), (255, 255, 255))


def _tail(canvas: Canvas, coat: Colour, path: Points, width: float) -> None:
    canvas.line(curve(path), darker(coat, 0.1), width)


def cat(canvas: Canvas, thing: Thing) -> None:
    """Draw a sitting cat with striped brow and long whiskers."""
    coat = paint(thing.colour)
    canvas.shadow(0.4, 4)
    _tail(canvas, coat, [(1.6, 0.5), (3.6, 0.6), (4.1, 2.2), (3.4, 3.4), (3.9, 4.4)], 0.75)
    _body(canvas, coat)
    canvas.fill(oval(0, 3.9, 1, 1.3), lighter(coat, 0.3))
    for side in (-1, 1):
        ear = [(side * 0.6, 8.6), (side * 1.9, 10.1), (side * 2.3, 7.4)]
        canvas.fill(ear, coat)
        canvas.fill([(side * 1, 8.7), (side * 1.75, 9.5), (side * 2, 7.9)], NOSE)
    canvas.fill(oval(0, 7, 2.45, 1.95), lighter(coat, 0.12), coat)
    for x in (-0.5, 0, 0.5):
        canvas.line([(x, 8.2), (x * 0.8, 8.75)], darker(coat, 0.4), 0.2)
    _eyes(canvas, 7.15, 1.05, _iris(coat))
    _muzzle(canvas, lighter(coat, 0.45))
    _whiskers(canvas, coat)


def _iris(coat: Colour) -> Colour:
    return (170, 206, 92) if luminance(coat) < 190 else (92, 170, 206)  # noqa: PLR2004


def _muzzle(canvas: Canvas, pale: Colour) -> None:
    for side in (-1, 1):
        canvas.fill(oval(side * 0.42, 6.1, 0.62, 0.5), pale)
    canvas.fill(smooth([(-0.3, 6.6), (0.3, 6.6), (0, 6.25)], 4), NOSE)


def _whiskers(canvas: Canvas, coat: Colour) -> None:
    hair = lighter(coat, 0.7) if luminance(coat) < 120 else darker(coat, 0.45)  # noqa: PLR2004
    for side in (-1, 1):
        for lift in (-0.35, 0, 0.35):
            canvas.line([(side * 0.9, 6.1), (side * 3.1, 6.15 + lift)], hair, 0.05)


def dog(canvas: Canvas, thing: Thing) -> None:
    """Draw a sitting dog with hanging ears and a collar."""
    coat = paint(thing.colour)
    canvas.shadow(0.4, 4)
    _tail(canvas, coat, [(1.8, 0.9), (3.2, 1.8), (3.7, 3.2)], 0.8)
    _body(canvas, coat, wide=2.4)
    canvas.fill(oval(0, 3.6, 1.05, 1.5), lighter(coat, 0.4))
    canvas.fill(oval(0, 5.25, 1.5, 0.42), paint(thing.accent or "red"))
    canvas.fill(disc(0, 4.8, 0.32), (240, 200, 90))
    head = [(1.3, 9.6), (2.2, 8.4), (2.1, 7), (1.5, 5.8)]
    canvas.fill(smooth(both_sides(head)), lighter(coat, 0.14), coat)
    for side in (-1, 1):
        ear = [(1.3, 9.5), (2.3, 9.5), (3, 8), (2.9, 6.4), (2.2, 6), (1.8, 7.4)]
        canvas.fill(smooth([(side * x, y) for x, y in ear]), darker(coat, 0.32))
    canvas.fill(smooth([(-0.35, 9.7), (0.35, 9.7), (0.3, 8), (-0.3, 8)]), lighter(coat, 0.5))
    _eyes(canvas, 8, 0.95, None)
    _snout(canvas, lighter(coat, 0.5))


def _snout(canvas: Canvas, pale: Colour) -> None:
    canvas.fill(oval(0, 5.95, 0.42, 0.75), (232, 118, 128))
    canvas.fill(oval(0, 6.75, 1.25, 0.9), pale)
    canvas.fill(oval(0, 7.2, 0.52, 0.36), (36, 30, 36))
    canvas.lit(oval(0.12, 7.32, 0.15, 0.07), (220, 220, 230))
    smile = [*arc(-0.5, 6.6, 0.5, 0.4, (180, 360)), *arc(0.5, 6.6, 0.5, 0.4, (180, 360))]
    canvas.line(smile, (60, 40, 44), 0.12)


def fox(canvas: Canvas, thing: Thing) -> None:
    """Draw a sitting fox with a white-tipped brush."""
    coat, white = paint(thing.colour), (252, 246, 236)
    canvas.shadow(0.8, 4.6)
    brush = [(1.2, 0.3), (3.6, 0.2), (5, 1.8), (4.9, 4), (3.9, 5.2), (3.6, 3.6), (2.6, 2.2)]
    canvas.fill(smooth(brush), coat, darker(coat, 0.12))
    canvas.fill(smooth([(4.95, 3.4), (4.6, 4.7), (3.9, 5.2), (3.65, 4), (4.3, 4)]), white)
    _body(canvas, coat, wide=2.1)
    canvas.fill(smooth([(-0.9, 5.4), (0.9, 5.4), (0.7, 3.8), (0, 2.6), (-0.7, 3.8)]), white)
    for side in (-1, 1):
        canvas.fill([(side * 0.5, 8.2), (side * 2, 10.2), (side * 2.3, 7.2)], coat)
        canvas.fill([(side * 1.1, 8.3), (side * 1.85, 9.5), (side * 2, 7.8)], INK)
    canvas.fill(_fox_face(2.9), lighter(coat, 0.1), coat)
    for side in (-1, 1):
        cheek = [(0.25, 5.4), (1.5, 5.9), (2.7, 6.9), (1.6, 7), (0.7, 6.5)]
        canvas.fill(smooth([(side * x, y) for x, y in cheek]), white)
    _eyes(canvas, 7.15, 1, None)
    canvas.fill(oval(0, 5.35, 0.42, 0.34), INK)


def _fox_face(wide: float) -> Points:
    half = [(0.9, 8.7), (2, 8.1), (wide, 6.8), (1.3, 5.7), (0.35, 5.1)]
    return smooth(both_sides(half))


def rabbit(canvas: Canvas, thing: Thing) -> None:
    """Draw a sitting rabbit, one ear bent."""
    coat = paint(thing.colour)
    canvas.shadow(0, 3.6)
    canvas.fill(disc(2.1, 1, 0.8), (255, 252, 246))
    _body(canvas, coat, wide=2.2)
    canvas.fill(oval(0, 3.2, 1, 1.4), lighter(coat, 0.4))
    for side, lean in ((-1, -0.2), (1, 0.5)):
        ear = oval(side * 0.85 + lean, 8.7, 0.55, 1.75, -side * 8 - lean * 20)
        canvas.fill(ear, lighter(coat, 0.08), coat)
        inner = oval(side * 0.85 + lean, 8.6, 0.28, 1.3, -side * 8 - lean * 20)
        canvas.fill(inner, mix(NOSE, coat, 0.3))
    canvas.fill(oval(0, 6, 1.9, 1.65), lighter(coat, 0.12), coat)
    _eyes(canvas, 6.25, 0.85, None)
    for side in (-1, 1):
        canvas.shade(disc(side * 1.25, 5.55, 0.38), NOSE, 120)
    _muzzle(canvas.moved(0, -0.65), lighter(coat, 0.5))
