"""One module per question type, and the list of them.

To add a type: write a module with a subclass of ``QuestionSettings`` and name it in ``_TYPES``.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from diptych.core.errors import InvalidError
from diptych.questions.base import QuestionSettings
from diptych.questions.label import LabelOption, LabelSettings

_TYPES: dict[str, type[QuestionSettings]] = {"label_selection": LabelSettings}

__all__ = ["LabelOption", "LabelSettings", "QuestionSettings", "parse_settings"]


def parse_settings(settings: Mapping[str, Any]) -> QuestionSettings:
    """Return the settings of a question as an object of its type, or raise ``InvalidError``."""
    kind = settings.get("type")
    if kind not in _TYPES:
        known = ", ".join(_TYPES)
        raise InvalidError(f"There is no question type {kind!r}; use one of: {known}.", field="type")
    try:
        return _TYPES[kind].model_validate(settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidError(f"The settings of the question do not fit: {place}: {first['msg']}.") from None
