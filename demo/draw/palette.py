"""Colours by the names that prompts use, and the light that falls on them."""

from dataclasses import dataclass

Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {
    "black": (52, 50, 60),
    "blue": (58, 116, 190),
    "brown": (146, 94, 58),
    "cream": (250, 234, 204),
    "golden": (234, 178, 66),
    "green": (86, 152, 88),
    "grey": (146, 152, 162),
    "orange": (238, 132, 50),
    "pink": (242, 142, 168),
    "purple": (134, 92, 176),
    "red": (212, 62, 52),
    "silver": (196, 206, 216),
    "teal": (44, 152, 150),
    "white": (250, 247, 240),
    "yellow": (250, 202, 68),
}
INK: Colour = (46, 44, 58)
WOOD: Colour = (150, 102, 66)
STONE: Colour = (134, 136, 144)
LEAF: Colour = (92, 152, 78)
SNOW: Colour = (246, 249, 253)
LAMP: Colour = (255, 222, 138)


def paint(name: str) -> Colour:
    """Return the colour of that name; raise KeyError for a name we do not mix."""
    return COLOURS[name]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the first colour with that share (0 to 1) of the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lighter(colour: Colour, share: float = 0.25) -> Colour:
    """Return the colour with some white in it."""
    return mix(colour, (255, 252, 244), share)


def darker(colour: Colour, share: float = 0.25) -> Colour:
    """Return the colour with some deep blue in it, as a shadow has."""
    return mix(colour, (26, 22, 52), share)


def luminance(colour: Colour) -> float:
    """Return how bright the colour looks, from 0 to 255 (Rec. 601 luma)."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue


@dataclass(frozen=True)
class Light:
    """The light of an hour: its sky, from the top down, and what it does to colours."""

    sky: tuple[Colour, ...]
    haze: Colour
    orb: Colour
    lamp: Colour = (255, 255, 255)
    strength: float = 0.0
    dark: bool = False
    wet: bool = False

    def on(self, colour: Colour) -> Colour:
        """Return the colour of a surface under this light."""
        if not self.strength:
            return colour
        red, green, blue = (channel * lit // 255 for channel, lit in zip(colour, self.lamp, strict=True))
        return mix(colour, (red, green, blue), self.strength)


LIGHTS: dict[str, Light] = {
    "day": Light(
        sky=((84, 162, 228), (152, 208, 242), (228, 244, 250)),
        haze=(198, 226, 240),
        orb=(255, 244, 196),
    ),
    "dawn": Light(
        sky=((128, 160, 216), (226, 190, 214), (255, 222, 190)),
        haze=(244, 208, 210),
        orb=(255, 240, 214),
        lamp=(255, 226, 226),
        strength=0.6,
    ),
    "sunset": Light(
        sky=((78, 62, 132), (226, 98, 106), (255, 178, 96), (255, 226, 150)),
        haze=(228, 138, 138),
        orb=(255, 240, 186),
        lamp=(255, 190, 164),
        strength=0.7,
    ),
    "night": Light(
        sky=((10, 15, 44), (24, 38, 88), (62, 84, 142)),
        haze=(50, 68, 126),
        orb=(255, 248, 220),
        lamp=(150, 162, 220),
        strength=0.86,
        dark=True,
    ),
    "storm": Light(
        sky=((82, 96, 114), (130, 144, 158), (188, 198, 202)),
        haze=(168, 180, 190),
        orb=(226, 230, 232),
        lamp=(196, 208, 224),
        strength=0.8,
        wet=True,
    ),
    "lamplight": Light(
        sky=((88, 46, 62), (160, 84, 78), (224, 142, 98)),
        haze=(214, 140, 106),
        orb=(255, 232, 176),
        lamp=(255, 218, 184),
        strength=0.6,
    ),
}
