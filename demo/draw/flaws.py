"""Ways in which a picture can be ugly although it follows the prompt."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from demo.draw.styles import SIDE, grain, wobble


def noisy(image: Image.Image, seed: int) -> Image.Image:
    """Sprinkle coloured noise, as a bad sensor does."""
    bands = [grain(seed + band, 320, 0, 255) for band in range(3)]
    return Image.blend(image, Image.merge("RGB", bands), 0.34)


def blurred(image: Image.Image, _seed: int) -> Image.Image:
    """Put the whole picture out of focus."""
    small = image.reduce(4).filter(ImageFilter.GaussianBlur(2))
    return small.resize(image.size, Image.Resampling.BICUBIC)


def clashing(image: Image.Image, _seed: int) -> Image.Image:
    """Turn the colours until they clash, hard and oversaturated."""
    red, green, blue = image.split()
    turned = Image.merge("RGB", (blue, red, green))
    return ImageOps.posterize(ImageEnhance.Color(turned).enhance(2.2), 3)


def melted(image: Image.Image, seed: int) -> Image.Image:
    """Bend the picture until its objects lose their shape."""
    return wobble(image, seed, 30, 64)


def blocky(image: Image.Image, _seed: int) -> Image.Image:
    """Compress the picture far too much."""
    squeezed = BytesIO()
    image.reduce(2).save(squeezed, "JPEG", quality=9)
    return Image.open(squeezed).convert("RGB").resize(image.size)


def tilted(image: Image.Image, _seed: int) -> Image.Image:
    """Turn the picture askew and cut into what matters."""
    turned = image.rotate(19, Image.Resampling.BILINEAR, fillcolor=(120, 118, 112))
    part = turned.crop((150, 190, 580, 620))
    return part.resize((SIDE, SIDE), Image.Resampling.BILINEAR)


def faded(image: Image.Image, _seed: int) -> Image.Image:
    """Wash the picture out until it is grey and flat."""
    grey = ImageEnhance.Color(image).enhance(0.35)
    dull = ImageEnhance.Contrast(grey).enhance(0.4)
    return ImageChops.multiply(dull, Image.new("RGB", image.size, (216, 214, 198)))


FLAWS: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "noisy": noisy,
    "blurred": blurred,
    "clashing": clashing,
    "melted": melted,
    "blocky": blocky,
    "tilted": tilted,
    "faded": faded,
}
