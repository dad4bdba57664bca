"""A number: a row of buttons."""

from collections.abc import Mapping, Sequence
from typing import Any

from diptych.models import Question
from diptych.web.annotate.questions.options import OptionQuestionView, read_number


class RatingView(OptionQuestionView):
    """One of several numbers."""

    is_quick = True
    takes_keys = True

    @classmethod
    def read(cls, question: Question, texts: Sequence[str]) -> int:
        """Return the number: the button that was pressed comes after the answer of before."""
        return read_number(question, texts[-1])

    @property
    def overview(self) -> str:
        """The numbers."""
        return " · ".join(str(option["value"]) for option in self.options)

    def digit(self, _number: int, option: Mapping[str, Any]) -> int:
        """Return the number itself, which is the key."""
        return int(option["value"])
