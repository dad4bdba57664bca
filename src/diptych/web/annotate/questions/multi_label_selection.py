"""Several labels: boxes to tick."""

from collections.abc import Mapping, Sequence
from typing import Any

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

    @property
    def options(self) -> Sequence[Mapping[str, Any]]:
        """The labels in their order, or, if the settings say so, with those that are suggested first."""
        options = super().options
        if self.suggestion is None or self.question.settings.get("options_order") != "suggestion":
            return options
        suggested = self.suggestion.value if isinstance(self.suggestion.value, list) else []
        return sorted(options, key=lambda option: option["value"] not in suggested)
