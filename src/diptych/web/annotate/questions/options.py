"""Questions that are answered by choosing among options."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from diptych.core.errors import InvalidError
from diptych.models import Question
from diptych.records.suggestions import Suggested
from diptych.web.annotate.choices import value_on_screen
from diptych.web.annotate.questions.base import Choice, QuestionView, describe_hint, split_scores

# Choices after these have no key of their own.
DIGIT_KEYS = 9


class OptionQuestionView(QuestionView):
    """A question with the options of its settings."""

    @cached_property
    def choices(self) -> Sequence[Choice]:
        """The options, named after what is on screen, with the values of what is in the record."""
        chosen, hints = _ranks(self.value), _hints(self.suggestion)
        return [
            self._choice(number, option, chosen, hints) for number, option in enumerate(self.options, start=1)
        ]

    @property
    def options(self) -> Sequence[Mapping[str, Any]]:
        """The options in the order in which they are listed."""
        return list(self.question.settings["options"])

    def _choice(
        self,
        number: int,
        option: Mapping[str, Any],
        chosen: Mapping[str, int | None],
        hints: Mapping[str, str],
    ) -> Choice:
        value = value_on_screen(str(option["value"]), shown_order=self.shown_order)
        number = self.digit(number, option)
        return Choice(
            key=str(number) if self.has_keys and number <= DIGIT_KEYS else "",
            value=value,
            text=str(option.get("text", value)),
            description=option.get("description") or "",
            is_chosen=value in chosen,
            rank=chosen.get(value),
            hint=hints.get(value),
        )

    def digit(self, number: int, _option: Mapping[str, Any]) -> int:
        """Return the key of an option: its number in the list."""
        return number


def read_number(question: Question, text: str) -> int:
    """Return a number of at most two digits that a form holds, or raise ``InvalidError``."""
    if not text.isascii() or not text.isdigit() or len(text) > len("10"):
        raise InvalidError(f"The answer to {question.name!r} has to be a number.", question=question.name)
    return int(text)


def _ranks(value: Any) -> dict[str, int | None]:
    """Return the options that an answer or a suggestion names, with their ranks if it ranks them."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    pairs = [item if isinstance(item, Mapping) else {"value": item} for item in items]
    return {str(pair.get("value")): pair.get("rank") for pair in pairs}


def _hints(suggestion: Suggested | None) -> dict[str, str]:
    if suggestion is None:
        return {}
    ranks = _ranks(suggestion.value)
    scores = split_scores(suggestion.score, len(ranks))
    pairs = zip(ranks.items(), scores, strict=True)
    return {value: describe_hint(score, rank) for (value, rank), score in pairs}
