"""The surface that things are drawn on: hundredths of the picture, y upwards."""

from dataclasses import dataclass, replace
from math import cos, radians, sin

from demo.draw.palette import Colour, Light
from demo.draw.pens import Pen
from demo.draw.scene import Thing
from demo.draw.shapes import Points, box, oval

SIDE = 1280
UNIT = SIDE / 100
TALL = 10


@dataclass(frozen=True)
class Canvas:
    """A pen, the light of the scene, and where the drawing's own origin is."""

    pen: Pen
    light: Light
    x: float = 0
    y: float = 0
    scale: float = 1
    facing: int = 1
    turn: float = 0

    def at(self, thing: Thing) -> "Canvas":
        """Return the canvas of one thing: origin at its foot, ten units high."""
        return replace(
            self, x=thing.x, y=thing.y, scale=thing.size / TALL, facing=thing.facing, turn=thing.turn
        )

    def moved(self, x: float, y: float, scale: float = 1) -> "Canvas":
        """Return the same canvas with its origin moved and its units scaled."""
        [(across, up)] = self._turned([(x, y)])
        return replace(
            self,
            x=self.x + across * self.scale * self.facing,
            y=self.y + up * self.scale,
            scale=self.scale * scale,
        )

    def wash(self, points: Points, *stops: Colour) -> None:
        """Lay a large background area in the scene's light."""
        self.pen.wash(self._pixels(points), [self.light.on(stop) for stop in stops])

    def sky(self, *stops: Colour) -> None:
        """Lay the whole background in exactly these colours."""
        self.pen.wash(self._pixels(box(-1, -1, 101, 101)), stops)

    def fill(self, points: Points, *stops: Colour) -> None:
        """Draw a shape in the scene's light; several stops run from its top down."""
        self.pen.fill(self._pixels(points), [self.light.on(stop) for stop in stops])

    def lit(self, points: Points, *stops: Colour) -> None:
        """Draw a shape that shines by itself."""
        self.pen.fill(self._pixels(points), stops)

    def shade(self, points: Points, colour: Colour, alpha: int) -> None:
        """Lay a translucent shape; alpha goes from 0 to 255."""
        self.pen.shade(self._pixels(points), colour, alpha)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draw an open line whose width is in the units of this canvas."""
        pixels = max(2.0, width * self.scale * UNIT)
        self.pen.line(self._pixels(points), self.light.on(colour), pixels)

    def glow(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Lay a soft round light."""
        self.pen.glow(self._pixels(oval(x, y, radius, radius)), colour, 190)

    def shadow(self, x: float, width: float) -> None:
        """Lay the soft shadow of a thing on the ground beneath it."""
        spot = self._pixels(oval(x, 0, width, width * 0.17))
        self.pen.glow(spot, (22, 20, 50), 150)

    def _pixels(self, points: Points) -> Points:
        across, up = self.scale * self.facing * UNIT, self.scale * UNIT
        left, bottom = self.x * UNIT, SIDE - self.y * UNIT
        turned = self._turned(points)
        return [(left + x * across, bottom - y * up) for x, y in turned]

    def _turned(self, points: Points) -> Points:
        if not self.turn:
            return points
        cosine, sine = cos(radians(self.turn)), sin(radians(self.turn))
        return [(x * cosine - y * sine, x * sine + y * cosine) for x, y in points]
