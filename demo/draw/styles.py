"""What a style does to the drawn sheet, after its pen and before it is a file."""

import random
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from demo.draw.palette import Colour

SIDE = 640
PAPER: Colour = (250, 246, 234)
BOARD: Colour = (38, 58, 54)
CELL = 8


@cache
def grain(seed: int, cells: int, low: int, high: int) -> Image.Image:
    """Return grey noise whose spots are SIDE / cells wide, between two levels."""
    noise = random.Random(seed).randbytes(cells * cells)  # noqa: S311 - paper is no secret
    spots = Image.frombytes("L", (cells, cells), noise)
    scaled = spots.point([low + level * (high - low) // 255 for level in range(256)])
    return scaled.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


@cache
def texture(seed: int, cells: int, low: int) -> Image.Image:
    """Return grain as a picture to multiply with; it darkens to low at most."""
    return Image.merge("RGB", [grain(seed, cells, low, 255)] * 3)


def wobble(image: Image.Image, seed: int, reach: float, step: int = 40) -> Image.Image:
    """Bend the picture a little everywhere, as a hand would."""
    rng = random.Random(seed)  # noqa: S311 - a trembling hand is no secret
    count = SIDE // step
    knots = {
        (column, row): (
            column * step + rng.uniform(-reach, reach) * (0 < column < count),
            row * step + rng.uniform(-reach, reach) * (0 < row < count),
        )
        for row in range(count + 1)
        for column in range(count + 1)
    }
    mesh = []
    for row in range(count):
        for column in range(count):
            left, top = column * step, row * step
            corners = ((column, row), (column, row + 1), (column + 1, row + 1), (column + 1, row))
            quad = tuple(value for corner in corners for value in knots[corner])
            mesh.append(((left, top, left + step, top + step), quad))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def flat(sheet: Image.Image, _seed: int) -> Image.Image:
    """Return the clean picture at its final size."""
    return sheet.reduce(2)


def paper(sheet: Image.Image, _seed: int) -> Image.Image:
    """Give cut paper its fibres."""
    return ImageChops.multiply(sheet.reduce(2), texture(3, 320, 232))


def watercolour(sheet: Image.Image, seed: int) -> Image.Image:
    """Let pigment bleed, gather at edges and leave the paper's border white."""
    image = wobble(sheet.reduce(2), seed, 3.2)
    image = Image.blend(image, Image.new("RGB", image.size, PAPER), 0.16)
    soft = image.reduce(4).filter(ImageFilter.GaussianBlur(2)).resize(image.size)
    rims = ImageChops.subtract(soft, image).point(lambda level: level * 0.75)
    image = ImageChops.subtract(Image.blend(image, soft, 0.22), rims)
    blooms = grain(seed % 3, 14, 0, 96)
    image.paste(PAPER, mask=blooms)
    image = ImageChops.multiply(image, texture(5, 213, 236))
    sheet_of_paper = Image.new("RGB", image.size, PAPER)
    return Image.composite(image, sheet_of_paper, _ragged_frame(seed % 2))


@cache
def _ragged_frame(seed: int) -> Image.Image:
    frame = Image.new("L", (SIDE, SIDE), 0)
    ImageDraw.Draw(frame).rounded_rectangle((24, 24, SIDE - 24, SIDE - 24), 18, fill=255)
    ragged = wobble(frame.filter(ImageFilter.BoxBlur(5)), seed, 9, 32)
    return ragged.point([min(255, max(0, (level - 96) * 5)) for level in range(256)])


def pixels(sheet: Image.Image, _seed: int) -> Image.Image:
    """Draw with large square pixels and few colours."""
    small = ImageEnhance.Color(sheet.reduce(16)).enhance(1.25)
    few = small.quantize(40, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)


def stitches(sheet: Image.Image, seed: int) -> Image.Image:
    """Embroider the picture, one cross for every cell of the cloth."""
    cells = pixels(sheet, seed)
    return ImageChops.multiply(cells, _crosses())


@cache
def _crosses() -> Image.Image:
    tile = Image.new("L", (CELL * 4, CELL * 4), 165)
    draw, end = ImageDraw.Draw(tile), CELL * 4
    draw.line((0, end, end, 0), fill=225, width=11)
    draw.line((0, 0, end, end), fill=255, width=11)
    cross = tile.resize((CELL, CELL), Image.Resampling.LANCZOS)
    row = Image.new("L", (SIDE, CELL))
    cloth = Image.new("L", (SIDE, SIDE))
    for x in range(0, SIDE, CELL):
        row.paste(cross, (x, 0))
    for y in range(0, SIDE, CELL):
        cloth.paste(row, (0, y))
    return Image.merge("RGB", [cloth] * 3)


def ink(sheet: Image.Image, seed: int) -> Image.Image:
    """Let the lines tremble and tint the paper unevenly."""
    image = wobble(sheet.reduce(2), seed, 2.4)
    tint = Image.merge("RGB", (grain(9, 8, 246, 255), grain(9, 8, 240, 253), grain(9, 8, 226, 246)))
    return ImageChops.multiply(image, tint)


def chalk(sheet: Image.Image, seed: int) -> Image.Image:
    """Crumble the lines and smear a little dust over the board."""
    image = wobble(sheet.reduce(2), seed, 2)
    board = Image.new("RGB", image.size, BOARD)
    image = Image.composite(image, board, grain(11, 320, 150, 360))
    image.paste((190, 204, 198), mask=grain(seed % 2, 7, 0, 36))
    return image


def neon(sheet: Image.Image, _seed: int) -> Image.Image:
    """Let every tube glow on what is around it."""
    image = sheet.reduce(2)
    wall = Image.new("RGB", image.size, (72, 58, 76))
    tubes = ImageChops.subtract(image, wall)
    near = tubes.reduce(4).filter(ImageFilter.GaussianBlur(2.2)).resize(image.size)
    far = tubes.reduce(8).filter(ImageFilter.GaussianBlur(6)).resize(image.size)
    glow = ImageChops.add(near, ImageEnhance.Brightness(far).enhance(1.3))
    return ImageChops.screen(image, ImageEnhance.Color(glow).enhance(1.4))


FINISHES: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "flat": flat,
    "paper": paper,
    "watercolour": watercolour,
    "pixels": pixels,
    "stitches": stitches,
    "ink": ink,
    "chalk": chalk,
    "neon": neon,
}
