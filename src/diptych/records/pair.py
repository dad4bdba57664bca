"""A record as the annotation page sees it: a prompt and two pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diptych.datasets.templates.image_preference import IMAGE_KEYS, PROMPT_KEY


@dataclass(frozen=True)
class ImagePair:
    """A prompt and the addresses of its two pictures, in the record's own order."""

    prompt: str
    image_1: str
    image_2: str


def find_pair(value: Any) -> ImagePair | None:
    """Return the pair that the value of a custom field is: an object with a prompt and two images."""
    wanted = (PROMPT_KEY, *IMAGE_KEYS)
    if isinstance(value, Mapping) and all(isinstance(value.get(key), str) for key in wanted):
        return ImagePair(*(value[key] for key in wanted))
    return None
