"""Outlines as lists of points: x grows to the right and y grows upwards."""

import math
from collections.abc import Sequence
from functools import cache

Point = tuple[float, float]
Points = Sequence[Point]


def box(left: float, bottom: float, right: float, top: float) -> Points:
    """Return an upright rectangle."""
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def oval(x: float, y: float, width: float, height: float, turn: float = 0) -> Points:
    """Return an ellipse by its half axes, turned anticlockwise by degrees."""
    return arc(x, y, width, height, (0, 360), turn)


def disc(x: float, y: float, radius: float) -> Points:
    """Return a circle."""
    return oval(x, y, radius, radius)


@cache
def _circle(start: float, end: float) -> Points:
    steps = max(8, int(abs(end - start) / 10))
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


def arc(
    x: float, y: float, width: float, height: float, between: tuple[float, float], turn: float = 0
) -> Points:
    """Return part of an ellipse, from one angle to another in degrees."""
    circle = _circle(*between)
    if not turn:
        return [(x + width * across, y + height * up) for across, up in circle]
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return [
        (
            x + width * across * cosine - height * up * sine,
            y + width * across * sine + height * up * cosine,
        )
        for across, up in circle
    ]


@cache
def _weights(steps: int) -> list[tuple[float, float, float, float]]:
    """Return what each of four corners weighs along a uniform Catmull-Rom segment."""
    shares = [step / steps for step in range(steps)]
    return [
        (
            (2 * t * t - t - t**3) / 2,
            (3 * t**3 - 5 * t * t + 2) / 2,
            (4 * t * t + t - 3 * t**3) / 2,
            (t**3 - t * t) / 2,
        )
        for t in shares
    ]


def _segment(a: Point, b: Point, c: Point, d: Point, steps: int) -> list[Point]:
    return [
        (a[0] * p + b[0] * q + c[0] * r + d[0] * s, a[1] * p + b[1] * q + c[1] * r + d[1] * s)
        for p, q, r, s in _weights(steps)
    ]


def smooth(corners: Points, steps: int = 6) -> Points:
    """Return a closed outline that passes softly through every corner."""
    around = [corners[-1], *corners, *corners[:2]]
    points: list[Point] = []
    for index in range(len(corners)):
        a, b, c, d = around[index : index + 4]
        points += _segment(a, b, c, d, steps)
    return points


def curve(corners: Points, steps: int = 6) -> Points:
    """Return an open line that passes softly through every corner."""
    padded = [corners[0], *corners, corners[-1]]
    points: list[Point] = []
    for index in range(len(corners) - 1):
        a, b, c, d = padded[index : index + 4]
        points += _segment(a, b, c, d, steps)
    return [*points, corners[-1]]


def both_sides(half: Points) -> Points:
    """Return the right half of an outline joined with its mirror image."""
    return [*half, *((-x, y) for x, y in reversed(half))]


def polar(x: float, y: float, radius: float, degrees: float) -> Point:
    """Return the point at that distance and angle from a centre."""
    angle = math.radians(degrees)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def star(x: float, y: float, radius: float, points: int = 5) -> Points:
    """Return a star with one point upwards."""
    outline = []
    for index in range(points * 2):
        reach = radius if index % 2 == 0 else radius * 0.45
        outline.append(polar(x, y, reach, 90 + index * 180 / points))
    return outline


def ring(x: float, y: float, radius: float, count: int) -> Points:
    """Return points set evenly on a circle, the first one at its top."""
    return [polar(x, y, radius, 90 + index * 360 / count) for index in range(count)]
