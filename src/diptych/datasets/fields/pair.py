"""A prompt and two images: what every door asks of a record about whose images there are questions."""

from collections.abc import Iterable, Mapping
from typing import Any

from diptych.core.errors import InvalidError
from diptych.datasets.fields.base import MisfitError
from diptych.datasets.fields.custom import CustomFieldSettings
from diptych.datasets.fields.image import check_address
from diptych.datasets.templates.image_preference import FIELD, IMAGE_KEYS, PROMPT_KEY


class PairFieldSettings(CustomFieldSettings):
    """The custom field ``images`` of a dataset in which an answer names one of two images."""

    def check_value(self, value: Any) -> None:
        """Accept an object with a prompt and the addresses of both images; it may have other members."""
        if not isinstance(value, dict):
            raise MisfitError(f"is not an object with {', '.join(IMAGE_KEYS)} and {PROMPT_KEY}")
        _check_pair(value)
        super().check_value(value)


def names_images(settings: Mapping[str, Any]) -> bool:
    """Say whether an answer to a question of these settings can name either image of a pair."""
    return set(IMAGE_KEYS) <= {str(option["value"]) for option in settings.get("options", ())}


def find_fault(questions: Iterable[Mapping[str, Any]], fields: Mapping[str, Any]) -> str | None:
    """Say what keeps a stored record from an answer to questions of these settings, if anything does.

    Such a record was stored when less was asked of it: an answer would name an image that is not there.
    """
    pair = fields.get(FIELD)
    if not isinstance(pair, Mapping) or not any(map(names_images, questions)):
        return None
    try:
        _check_pair(pair)
    except MisfitError as error:
        return error.within(FIELD).message
    return None


def refuse_faulty(questions: Iterable[Mapping[str, Any]], fields: Mapping[str, Any]) -> None:
    """Raise ``InvalidError`` if ``find_fault`` finds something: no answer to the record can be submitted."""
    if fault := find_fault(questions, fields):
        raise InvalidError(f"This record can only be skipped or discarded. {fault}", field="fields")


def _check_pair(value: Mapping[str, Any]) -> None:
    _check_prompt(value.get(PROMPT_KEY))
    for key in IMAGE_KEYS:
        check_address(value.get(key), key)


def _check_prompt(prompt: Any) -> None:
    if prompt is None or (isinstance(prompt, str) and not prompt.strip()):
        raise MisfitError("is empty", PROMPT_KEY)
    if not isinstance(prompt, str):
        raise MisfitError("is not text", PROMPT_KEY)
