"""What is on screen: which picture stands on which side, and what the buttons below mean."""

from collections.abc import Sequence

from diptych.datasets.fields import names_images
from diptych.datasets.templates.image_preference import IMAGE_KEYS
from diptych.models import Question
from diptych.records.pair import ImagePair


def sides(pair: ImagePair, *, swapped: bool) -> tuple[str, str]:
    """Return the addresses of the pictures on the left and on the right."""
    return (pair.image_2, pair.image_1) if swapped else (pair.image_1, pair.image_2)


def can_swap(questions: Sequence[Question]) -> bool:
    """Say whether an answer can name a picture: only then does it follow the picture to the other side."""
    return any(names_images(question.settings) for question in questions)


def value_on_screen(value: str, *, swapped: bool) -> str:
    """Return what is stored if a person chooses the option of this value.

    "Image 1 is better" is always the picture on the left; if the sides are swapped, its value is ``image_2``.
    """
    first, second = IMAGE_KEYS
    return {first: second, second: first}.get(value, value) if swapped else value
