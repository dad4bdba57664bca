"""Some text: a field to write in."""

from collections.abc import Sequence

from diptych.models import Question
from diptych.web.annotate.questions.base import QuestionView


class TextView(QuestionView):
    """An answer in one's own words."""

    @classmethod
    def read(cls, question: Question, texts: Sequence[str]) -> str:
        """Return the text as it was written."""
        del question
        return texts[-1]

    @property
    def text(self) -> str:
        """What the person has written so far."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def suggested_text(self) -> str | None:
        """The text that was suggested."""
        return str(self.suggestion.value) if self.suggestion else None

    @property
    def overview(self) -> str:
        """How it is answered."""
        return "Free-text answer"
