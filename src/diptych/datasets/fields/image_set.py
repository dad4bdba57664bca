"""Images in a custom field: when they are an image set, and its rules if answers name its images."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import takewhile
from typing import Any

from diptych.core.errors import InvalidError
from diptych.datasets.fields.base import MisfitError
from diptych.datasets.fields.custom import CustomFieldSettings
from diptych.datasets.fields.image import check_address
from diptych.datasets.fields.text import TextFieldSettings
from diptych.models import Field

FIELD = "images"
PROMPT = "prompt"
MAX_IMAGES = 12

# Longer numbers are not numbers of images.
_image_name = re.compile(r"image_([1-9][0-9]{0,4})")


@lru_cache(maxsize=MAX_IMAGES + 1)
def image_names(count: int) -> tuple[str, ...]:
    """Return the names of ``count`` images: ``image_1`` and so on."""
    return tuple(f"image_{number}" for number in range(1, count + 1))


def count_images(value: Mapping[str, Any]) -> int:
    """Return the highest number of an image in an object, 0 if there is none; null is no image."""
    found = (_image_name.fullmatch(name) for name, part in value.items() if part is not None)
    return max((int(name[1]) for name in found if name), default=0)


def read_images(value: Any) -> tuple[str, ...]:
    """Return the images of an object in their order, none if they are not an image set.

    They are one if there are 1 to ``MAX_IMAGES`` of them, all text and without a gap in their numbers.
    """
    count = count_images(value) if isinstance(value, Mapping) else 0
    if count > MAX_IMAGES:
        return ()
    images = tuple(value.get(name) for name in image_names(count))
    return images if all(isinstance(image, str) for image in images) else ()


def holds_images(field: Field) -> bool:
    """Say whether a field is the one for images, which are columns of their own in some files."""
    return field.name == FIELD and field.settings["type"] == "custom"


def holds_prompt(field: Field) -> bool:
    """Say whether a field is the text that may be the prompt of an image set."""
    return field.name == PROMPT and field.settings["type"] == "text"


def count_named_images(questions: Iterable[Mapping[str, Any]]) -> int:
    """Return how many images answers to questions of these settings can name, 0 if they name none.

    An answer that names images says which of several; one image alone has nothing to be told from.
    """
    count = max(map(_count_named, questions), default=0)
    return count if count > 1 else 0


def _count_named(settings: Mapping[str, Any]) -> int:
    values = {str(option["value"]) for option in settings.get("options", ())}
    return len(list(takewhile(values.__contains__, image_names(MAX_IMAGES))))


class PromptFieldSettings(TextFieldSettings):
    """The text field ``prompt`` of a dataset in which an answer names one of several images."""

    def check_value(self, value: Any) -> None:
        """Accept text with something in it."""
        super().check_value(value)
        _check_prompt(value)


class ImageSetFieldSettings(CustomFieldSettings):
    """The custom field ``images`` of a dataset in which an answer names one of ``named`` images or more.

    ``has_prompt`` says that the field also contains the prompt, which is not a separate field then.
    """

    named: int
    has_prompt: bool

    def check_value(self, value: Any) -> None:
        """Accept an object with the addresses of the images and the prompt; it may have other members."""
        if not isinstance(value, dict):
            wanted = [*image_names(self.named), *([PROMPT] if self.has_prompt else [])]
            raise MisfitError(f"is not an object with {', '.join(wanted[:-1])} and {wanted[-1]}")
        if self.has_prompt:
            _check_prompt(value.get(PROMPT), PROMPT)
        _check_images(value, self.named)
        super().check_value(value)


def find_fault(named: int, fields: Mapping[str, Any]) -> str | None:
    """Say what keeps a record from an answer that names one of so many images, if anything does.

    Such a record was stored when less was asked of it: an answer would name an image that is not there.
    """
    images, prompt = fields.get(FIELD), fields.get(PROMPT)
    if not named or not isinstance(images, Mapping):
        return None
    try:
        _check_prompt(prompt if isinstance(prompt, str) else images.get(PROMPT), PROMPT)
        _check_images(images, named)
    except MisfitError as error:
        return error.within(FIELD).message
    return None


def refuse_faulty(named: int, fields: Mapping[str, Any]) -> None:
    """Raise ``InvalidError`` if ``find_fault`` finds something: no answer to the record can be submitted."""
    if fault := find_fault(named, fields):
        raise InvalidError(f"This record can only be skipped or discarded. {fault}", field="fields")


def _check_images(value: Mapping[str, Any], named: int) -> None:
    # Members that are neither are mostly not there, and are not looked through then.
    count = named if len(value) <= named + 1 and PROMPT in value else max(count_images(value), named)
    if count > MAX_IMAGES:
        raise MisfitError(f"is too many: a record has up to {MAX_IMAGES} images", f"image_{count}")
    # One that is missing between others is empty.
    for name in image_names(count):
        check_address(value.get(name), name)


def _check_prompt(prompt: Any, *path: str) -> None:
    if prompt is None or (isinstance(prompt, str) and not prompt.strip()):
        raise MisfitError("is empty", *path)
    if not isinstance(prompt, str):
        raise MisfitError("is not text", *path)
