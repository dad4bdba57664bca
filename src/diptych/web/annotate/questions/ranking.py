"""Options in an order: a rank for each."""

from collections.abc import Sequence
from typing import Any

from diptych.models import Question
from diptych.web.annotate.questions.options import OptionQuestionView, read_number


class RankingView(OptionQuestionView):
    """A rank for each of several options."""

    @classmethod
    def read(cls, question: Question, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return the options with their ranks; a form holds ``2:value`` for each that has one."""
        places = [text.partition(":") for text in texts]
        return [{"value": value, "rank": read_number(question, rank)} for rank, _, value in places]
