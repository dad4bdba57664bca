"""Several labels: boxes to tick."""

from collections.abc import Sequence

from diptych.models import Question
from diptych.web.annotate.questions.options import OptionQuestionView


class MultiLabelSelectionView(OptionQuestionView):
    """One label or more."""

    takes_keys = True

    @classmethod
    def read(cls, question: Question, texts: Sequence[str]) -> list[str]:
        """Return the labels that are ticked."""
        del question
        return list(texts)
