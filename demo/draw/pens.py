"""The four ways a shape reaches the sheet: brush, scissors, nib and neon tube."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Protocol

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from demo.draw.palette import INK, STONE, Colour, darker, lighter, luminance, mix
from demo.draw.shapes import Points

DISC = 128
# Pillow's radial gradient reaches 255 in the corners, and this in mid-edge.
RIM = 179
SHEETS = 7
TWO_TONES = 2
THIN = 20
WIDE = 6


class Pen(Protocol):
    """What a canvas needs of a pen; every measure is in pixels of the sheet."""

    sheet: Image.Image

    def wash(self, points: Points, stops: Sequence[Colour]) -> None:
        """Lay a large background area."""

    def fill(self, points: Points, stops: Sequence[Colour]) -> None:
        """Draw a shape whose colour runs through the stops, from its top down."""

    def shade(self, points: Points, colour: Colour, alpha: int) -> None:
        """Lay a translucent shape, for light and shadow."""

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draw an open line with round ends."""

    def glow(self, points: Points, colour: Colour, alpha: int) -> None:
        """Lay a soft spot into the bounds of the points."""


@cache
def _soft_disc(alpha: int) -> Image.Image:
    disc = Image.radial_gradient("L").resize((DISC, DISC))
    falloff = [max(0.0, 1 - level / RIM) ** 1.6 * alpha for level in range(256)]
    return disc.point([round(level) for level in falloff])


@cache
def _hatching(gap: int, slope: int) -> Image.Image:
    """Return a tile-free sheet of parallel strokes as a mask."""
    side = 1280
    strokes = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(strokes)
    for start in range(-side, side * 2, gap):
        draw.line((start, 0, start + slope * side, side), fill=255, width=3)
    return strokes


def _bounds(points: Points, sheet: Image.Image) -> tuple[int, int, int, int]:
    across, down = [x for x, _ in points], [y for _, y in points]
    left, top = max(0, math.floor(min(across))), max(0, math.floor(min(down)))
    right = max(left + 1, min(sheet.width, math.ceil(max(across))))
    return left, top, right, max(top + 1, min(sheet.height, math.ceil(max(down))))


def _mask(points: Points, bounds: tuple[int, int, int, int]) -> Image.Image:
    left, top, right, bottom = bounds
    mask = Image.new("L", (right - left, bottom - top), 0)
    shifted = [(x - left, y - top) for x, y in points]
    ImageDraw.Draw(mask).polygon(shifted, fill=255)
    return mask


def _is_box(points: Points) -> bool:
    corners = 4
    across, down = {x for x, _ in points}, {y for _, y in points}
    return len(points) == corners and len(across) == len(down) == corners // 2


def _steps(stops: Sequence[Colour], count: int) -> list[Colour]:
    places = [step * (len(stops) - 1) / count for step in range(count)]
    return [mix(stops[int(at)], stops[int(at) + 1], at % 1) for at in places]


def _gradient(stops: Sequence[Colour], size: tuple[int, int]) -> Image.Image:
    strip = Image.new("RGB", (1, len(stops)))
    strip.putdata(list(stops))
    inner = (0, 0.5, 1, len(stops) - 0.5)
    tall = strip.resize((1, size[1]), Image.Resampling.BILINEAR, box=inner)
    return tall.resize(size, Image.Resampling.NEAREST)


class Brush:
    """Paints full shapes with soft gradients."""

    def __init__(self, sheet: Image.Image) -> None:
        """Take the sheet to paint on."""
        self.sheet = sheet
        self.draw = ImageDraw.Draw(sheet)
        # Blending costs several times as much, so only translucent shapes pay for it.
        self.veil = ImageDraw.Draw(sheet, "RGBA")

    def wash(self, points: Points, stops: Sequence[Colour]) -> None:
        """Paint a background area like any other shape."""
        self.fill(points, stops)

    def fill(self, points: Points, stops: Sequence[Colour]) -> None:
        """Paint a shape; one stop is one flat colour."""
        if len(stops) == 1:
            self.draw.polygon(points, fill=stops[0])
            return
        bounds = _bounds(points, self.sheet)
        left, top, right, bottom = bounds
        tones = _gradient(stops, (right - left, bottom - top))
        # A box fills its bounds; without a mask it costs a third.
        self.sheet.paste(tones, bounds, None if _is_box(points) else _mask(points, bounds))

    def shade(self, points: Points, colour: Colour, alpha: int) -> None:
        """Lay a translucent shape."""
        self.veil.polygon(points, fill=(*colour, alpha))

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draw a line with round ends and joints."""
        joint = "curve" if width > WIDE else None
        self.draw.line(points, fill=colour, width=round(width), joint=joint)
        for x, y in (points[0], points[-1]):
            half = width / 2
            self.draw.ellipse((x - half, y - half, x + half, y + half), fill=colour)

    def glow(self, points: Points, colour: Colour, alpha: int) -> None:
        """Lay a soft disc into the bounds, clipped by the sheet."""
        across, down = [x for x, _ in points], [y for _, y in points]
        left, top = round(min(across)), round(min(down))
        size = max(2, round(max(across)) - left), max(2, round(max(down)) - top)
        disc = _soft_disc(alpha).resize(size, Image.Resampling.BILINEAR)
        self.sheet.paste(colour, (left, top, left + size[0], top + size[1]), disc)


class Scissors(Brush):
    """Glues pieces of coloured paper, each with its own soft shadow."""

    def wash(self, points: Points, stops: Sequence[Colour]) -> None:
        """Cut a sky of many colours into sheets that overlap from the top down."""
        if len(stops) <= TWO_TONES:
            self.fill(points, stops)
            return
        tones = _steps(stops, SHEETS)
        self.draw.polygon(points, fill=tones[-1])
        left, top, right, bottom = _bounds(points, self.sheet)
        for row in range(SHEETS - 2, -1, -1):
            edge = top + (bottom - top) * (row + 1) * 0.62 / (SHEETS - 1)
            hem = [
                (left + step * (right - left) / 40, edge + 26 * math.sin(step / 5.5 + row * 1.9))
                for step in range(-1, 42)
            ]
            # Only the hem's own shadow shows, so a narrow strip may throw it.
            self._shadow([(left, edge - 40), *hem, (right, edge - 40)])
            sheet = [(left - 20, top - 20), *hem, (right + 20, top - 20)]
            self.draw.polygon(sheet, fill=tones[row])

    def fill(self, points: Points, stops: Sequence[Colour]) -> None:
        """Glue one piece of paper in one colour."""
        self._shadow(points)
        self.draw.polygon(points, fill=mix(stops[0], stops[-1], 0.4))

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Glue a strip; only wide ones throw a shadow."""
        if width > THIN:
            self._shadow(points, width)
        super().line(points, colour, width)

    def glow(self, points: Points, colour: Colour, alpha: int) -> None:
        """Paper neither glows nor needs painted shadows; lamps stay faint."""
        if luminance(colour) > luminance(STONE):
            super().glow(points, colour, alpha // 2)

    def _shadow(self, points: Points, width: float = 0) -> None:
        coarse, margin = 8, 24
        left, top, right, bottom = _bounds(points, self.sheet)
        if max(right - left, bottom - top) < THIN:
            return
        inside = [y for _, y in points if y < self.sheet.height]
        bottom = min(bottom, int(max(inside, default=bottom)) + margin)
        bounds = left - margin, top - margin, right + margin, bottom + margin
        size = bounds[2] - bounds[0], bounds[3] - bounds[1]
        small = Image.new("L", (size[0] // coarse + 1, size[1] // coarse + 1), 0)
        draw = ImageDraw.Draw(small)
        shifted = [((x - bounds[0]) / coarse, (y - bounds[1] + 9) / coarse) for x, y in points]
        if width:
            draw.line(shifted, fill=120, width=round(width / coarse))
        else:
            draw.polygon(shifted, fill=120)
        soft = small.filter(ImageFilter.GaussianBlur(1.3))
        mask = soft.resize(size, Image.Resampling.BILINEAR)
        self.sheet.paste((24, 20, 52), (bounds[0], bounds[1]), mask)


class Nib(Brush):
    """Draws outlines and hatches the darker shapes, with ink or with chalk."""

    def __init__(self, sheet: Image.Image, paper: Colour, ink: Colour | None) -> None:
        """Take the sheet, its paper, and the ink; chalk (None) keeps its colours."""
        super().__init__(sheet)
        self.paper, self.ink = paper, ink

    def wash(self, points: Points, stops: Sequence[Colour]) -> None:
        """Leave a background area open."""
        self.draw.polygon(points, fill=self.paper)
        self._outline(points, self._stroke(stops[0]))

    def fill(self, points: Points, stops: Sequence[Colour]) -> None:
        """Outline a shape and hatch it as dark as its colour is."""
        stroke = self._stroke(stops[0])
        hatches = self._hatches(mix(stops[0], stops[-1], 0.5))
        self.draw.polygon(points, fill=self._ground(stroke))
        if hatches:
            bounds = _bounds(points, self.sheet)
            mask = _mask(points, bounds)
            for gap, slope in hatches:
                strokes = ImageChops.multiply(mask, _hatching(gap, slope).crop(bounds))
                self.sheet.paste(stroke, bounds, strokes)
        self._outline(points, stroke)

    def shade(self, points: Points, colour: Colour, alpha: int) -> None:
        """Draw ripples and rain as strokes; leave soft light and shadow out."""
        del alpha
        left, top, right, bottom = _bounds(points, self.sheet)
        thin, long = sorted((right - left, bottom - top))
        if thin < THIN < long:
            far = max(points, key=lambda point: math.dist(point, points[0]))
            super().line([points[0], far], self._stroke(colour), 3)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draw one stroke, wide lines somewhat thinner than paint would."""
        super().line(points, self._stroke(colour), min(width, 5))

    def glow(self, points: Points, colour: Colour, alpha: int) -> None:
        """Leave soft light and shadow out."""

    def _stroke(self, colour: Colour) -> Colour:
        return self.ink or lighter(colour, 0.5)

    def _ground(self, stroke: Colour) -> Colour:
        return self.paper if self.ink else mix(self.paper, stroke, 0.5)

    def _hatches(self, colour: Colour) -> list[tuple[int, int]]:
        if self.ink is None:
            return []
        levels = ((70, (8, 1)), (110, (14, 1)), (150, (14, -1)), (205, (22, -1)))
        dark = luminance(colour)
        return [hatch for level, hatch in levels if dark < level]

    def _outline(self, points: Points, stroke: Colour) -> None:
        self.draw.line([*points, points[0]], fill=stroke, width=5)


class Tube(Brush):
    """Bends neon tubes: glowing outlines around dark shapes."""

    def wash(self, points: Points, stops: Sequence[Colour]) -> None:
        """Paint the wall behind the tubes."""
        super().fill(points, stops)

    def fill(self, points: Points, stops: Sequence[Colour]) -> None:
        """Outline a shape with a tube of its colour."""
        self.veil.polygon(points, fill=(14, 10, 30, 215))
        self.line([*points, points[0]], stops[0], 8)

    def shade(self, points: Points, colour: Colour, alpha: int) -> None:
        """Leave soft light and shadow out."""

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Bend one tube: a coloured rim and a hot core."""
        if luminance(colour) < luminance(INK) + 30:
            colour = (120, 110, 255)
        wide = max(6.0, min(width, 9.0))
        super().line(points, self._vivid(colour), wide)
        super().line(points, lighter(colour, 0.75), wide / 2.6)

    def glow(self, points: Points, colour: Colour, alpha: int) -> None:
        """Leave the glow to the finish, which blurs every tube at once."""

    def _vivid(self, colour: Colour) -> Colour:
        low, high = min(colour), max(colour)
        spread = max(1, high - low)
        red, green, blue = (40 + (c - low) * 215 // spread for c in colour)
        return mix((red, green, blue), colour, 0.6) if spread > 40 else darker(lighter(colour), 0.1)  # noqa: PLR2004
