"""What is on screen: which picture stands on which side, and what the buttons below mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diptych.datasets.fields import names_images
from diptych.datasets.image_preference import IMAGE_KEYS
from diptych.models import Question
from diptych.records.pair import ImagePair

# Labels after these have no key of their own.
DIGIT_KEYS = 9


@dataclass(frozen=True)
class Choice:
    """A button, or a line of a form.

    ``key`` presses it, ``text`` names what is on screen, ``value`` is what is stored, ``rank`` the place that
    it was given, and ``hint`` says that it was suggested.
    """

    key: str
    value: str
    text: str
    description: str = ""
    is_chosen: bool = False
    rank: int | None = None
    hint: str | None = None


def sides(pair: ImagePair, *, swapped: bool) -> tuple[str, str]:
    """Return the addresses of the pictures on the left and on the right."""
    return (pair.image_2, pair.image_1) if swapped else (pair.image_1, pair.image_2)


def can_swap(questions: Sequence[Question]) -> bool:
    """Say whether an answer can name a picture: only then does it follow the picture to the other side."""
    return any(names_images(question.settings) for question in questions)


def option_values(settings: Mapping[str, Any]) -> list[str]:
    """Return the values of a question's options, as a form sends them."""
    return [str(option["value"]) for option in settings.get("options", ())]


def choices(
    settings: Mapping[str, Any],
    *,
    chosen: Mapping[str, int | None],
    hints: Mapping[str, str],
    swapped: bool,
    has_keys: bool,
) -> list[Choice]:
    """Name the options after what is on screen, and give them the values of what is in the record.

    "Image 1 is better" is always the picture on the left; if the sides are swapped, its value is ``image_2``.
    ``chosen`` has the values of the answer so far with their ranks, ``hints`` those that were suggested.
    """
    first, second = IMAGE_KEYS
    stands_for = {first: second, second: first} if swapped else {}
    made = []
    for number, option in enumerate(settings.get("options", ()), start=1):
        value = stands_for.get(option["value"], str(option["value"]))
        # A rating's key is the number itself.
        text = option.get("text", value)
        key = number if "text" in option else int(option["value"])
        made.append(
            Choice(
                key=str(key) if has_keys and key <= DIGIT_KEYS else "",
                value=value,
                text=text,
                description=option.get("description") or "",
                is_chosen=value in chosen,
                rank=chosen.get(value),
                hint=hints.get(value),
            )
        )
    return made
