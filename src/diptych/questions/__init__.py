"""One module per question type, and the list of them.

To add a type: write a module with a subclass of ``QuestionSettings`` and name it in ``_TYPES``.
"""

from collections.abc import Mapping
from typing import Any

from diptych.core.typed_settings import parse_typed
from diptych.questions.base import QuestionSettings
from diptych.questions.label import LabelSettings
from diptych.questions.multi_label import MultiLabelSettings
from diptych.questions.options import Option
from diptych.questions.ranking import RankingSettings
from diptych.questions.rating import RatingOption, RatingSettings
from diptych.questions.span import SpanSettings
from diptych.questions.suggestions import parse_suggestion
from diptych.questions.text import TextSettings

_TYPES: dict[str, type[QuestionSettings]] = {
    "label_selection": LabelSettings,
    "multi_label_selection": MultiLabelSettings,
    "rating": RatingSettings,
    "ranking": RankingSettings,
    "text": TextSettings,
    "span": SpanSettings,
}

__all__ = [
    "LabelSettings",
    "MultiLabelSettings",
    "Option",
    "QuestionSettings",
    "RankingSettings",
    "RatingOption",
    "RatingSettings",
    "SpanSettings",
    "TextSettings",
    "parse_settings",
    "parse_suggestion",
]


def parse_settings(settings: Mapping[str, Any]) -> QuestionSettings:
    """Return the settings of a question as an object of its type, or raise ``InvalidError``."""
    return parse_typed(_TYPES, settings, of="question")
