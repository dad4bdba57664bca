"""What is on screen: which picture stands on which side, and what the buttons below mean."""

from dataclasses import dataclass

from diptych.datasets.image_preference import IMAGE_KEYS
from diptych.questions import LabelSettings
from diptych.records.pair import ImagePair

# Labels after these have no key of their own.
DIGIT_KEYS = 9


@dataclass(frozen=True)
class Choice:
    """A button: ``key`` presses it, ``text`` names what is on screen, ``value`` is what is stored."""

    key: str
    value: str
    text: str
    is_chosen: bool


def sides(pair: ImagePair, *, swapped: bool) -> tuple[str, str]:
    """Return the addresses of the pictures on the left and on the right."""
    return (pair.image_2, pair.image_1) if swapped else (pair.image_1, pair.image_2)


def choices(settings: LabelSettings, chosen: str | None, *, swapped: bool) -> list[Choice]:
    """Name the buttons after what is on screen, and give them the values of what is in the record.

    "Image 1 is better" is always the picture on the left; if the sides are swapped, its value is ``image_2``.
    """
    values = [option.value for option in settings.options]
    if swapped:
        first, second = IMAGE_KEYS
        values = [{first: second, second: first}.get(value, value) for value in values]
    return [
        Choice(
            key=str(number) if number <= DIGIT_KEYS else "",
            value=value,
            text=option.text,
            is_chosen=value == chosen,
        )
        for number, (option, value) in enumerate(zip(settings.options, values, strict=True), start=1)
    ]
