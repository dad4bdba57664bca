"""A record as an annotator compares it: a prompt and its images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diptych.datasets.fields.image_set import PROMPT, read_images


@dataclass(frozen=True)
class ImageSet:
    """A prompt and the addresses of its 1 to 12 images, in the record's own order.

    ``has_own_prompt`` says that the prompt is in the same field as the images.
    """

    prompt: str
    images: Sequence[str]
    has_own_prompt: bool = True

    def order(self, shown_order: Sequence[int] | None) -> Sequence[int]:
        """Return the number of the image in each slot: of a given order, what is about these images.

        An order that does not name each of them is about others, and leaves them in the record's order.
        """
        numbers = range(1, len(self.images) + 1)
        order = [number for number in shown_order or () if number in numbers]
        return order if len(order) == len(numbers) else list(numbers)


def find_image_set(fields: Mapping[str, Any], name: str) -> ImageSet | None:
    """Return the image set in a field of a record, if it is one.

    Its prompt is a member of the same object, or the record's text field ``prompt``.
    """
    value: Any = fields.get(name)
    images = read_images(value)
    if not images:
        return None
    own, other = value.get(PROMPT), fields.get(PROMPT)
    if isinstance(own, str):
        return ImageSet(own, images)
    return ImageSet(other, images, has_own_prompt=False) if isinstance(other, str) else None


def first_image_set(fields: Mapping[str, Any]) -> ImageSet | None:
    """Return the first image set among the fields of a record, if there is one."""
    return next(filter(None, (find_image_set(fields, name) for name in fields)), None)
