"""One label: a row of buttons if it is the only question, radio buttons otherwise."""

from collections.abc import Sequence

from diptych.models import Question
from diptych.web.annotate.questions.options import OptionQuestionView


class LabelSelectionView(OptionQuestionView):
    """One of several labels."""

    is_quick = True
    takes_keys = True

    @classmethod
    def read(cls, question: Question, texts: Sequence[str]) -> str:
        """Return the label: the button that was pressed comes after the answer of before."""
        del question
        return texts[-1]
