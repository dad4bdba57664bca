"""Question types: one module each, with what a type stores, accepts, exports and makes of many answers.

To add a type: write a module with its name and a subclass of ``QuestionSettings`` in it. The page needs four
more files of this name: ``web/annotate/questions/<type>.py``, ``templates/annotate/questions/_<type>.html``,
``static/js/pages/annotate/questions/<type>.js`` and ``static/css/pages/annotate/questions/<type>.css``.
"""

from collections.abc import Mapping
from typing import Any

from diptych.core.slices import find_slices
from diptych.core.typed_settings import parse_typed
from diptych.questions.base import QuestionSettings
from diptych.questions.suggestions import parse_suggestion

TYPES: Mapping[str, type[QuestionSettings]] = find_slices(__name__, __path__, "Settings")

__all__ = ["TYPES", "QuestionSettings", "find_type", "parse_settings", "parse_suggestion"]


def find_type(settings: Mapping[str, Any]) -> type[QuestionSettings]:
    """Return the type of a question with these stored settings."""
    return TYPES[settings["type"]]


def parse_settings(settings: Mapping[str, Any]) -> QuestionSettings:
    """Return the settings of a question as an object of its type, or raise ``InvalidError``."""
    return parse_typed(TYPES, settings, of="question")
