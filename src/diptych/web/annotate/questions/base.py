"""What every question on a card has."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from diptych.models import Question
from diptych.records.suggestions import Suggested


@dataclass(frozen=True)
class Choice:
    """A button, or a line of a form.

    ``key`` presses it, ``text`` names what is on screen, ``value`` is what is stored. ``rank`` is the rank
    that the person gave it, and ``hint`` says that it was suggested.
    """

    key: str
    value: str
    text: str
    description: str = ""
    is_chosen: bool = False
    rank: int | None = None
    hint: str | None = None


@dataclass(frozen=True, kw_only=True)
class QuestionView(ABC):
    """A question on a card; a subclass is the view of a type, and its codec: it reads what a form holds.

    ``input`` is the name of its inputs, ``value`` the person's answer so far, ``fields`` are the record's.
    ``has_keys`` says that digits choose in it.
    """

    # One press is a whole answer: a card with this question alone is no form, but a row of buttons.
    is_quick: ClassVar[bool] = False
    # Digits may choose in it; on a card, they do so in the first question of which this is true.
    takes_keys: ClassVar[bool] = False

    question: Question
    input: str
    value: Any = None
    suggestion: Suggested | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    shown_order: Sequence[int] = ()
    has_keys: bool = False

    @classmethod
    @abstractmethod
    def read(cls, question: Question, texts: Sequence[str]) -> Any:
        """Return the answer that the texts of a form are, none of which is blank; there is at least one."""

    @property
    def type(self) -> str:
        """The name of the type: its template is ``questions/_<type>.html``."""
        return str(self.question.settings["type"])

    @property
    def name(self) -> str:
        """The name of the question, by which answers call it."""
        return self.question.name

    @property
    def title(self) -> str:
        """What is asked."""
        return self.question.title

    @property
    def description(self) -> str:
        """What helps to answer it, if anything."""
        return self.question.description or ""

    @property
    def required(self) -> bool:
        """Whether a submitted answer has to answer it."""
        return self.question.required

    @property
    def choices(self) -> Sequence[Choice]:
        """The buttons or lines among which the person chooses, if any."""
        return []

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """The keys that answer it, and what each means."""
        return [(choice.key, choice.text) for choice in self.choices if choice.key]

    @property
    def overview(self) -> str:
        """How it is answered, in words, for those who only look at the dataset, unless its choices say it."""
        return ""

    @property
    def hint(self) -> str:
        """The words that mark what was suggested."""
        return describe_hint(self.suggestion.score) if self.suggestion else ""


def split_scores(score: Any, count: int) -> list[Any]:
    """Return one score for each of ``count`` suggested items, which may share a single score."""
    return score if isinstance(score, list) and len(score) == count else [score] * count


def describe_hint(score: Any, rank: int | None = None) -> str:
    """Return the words that mark a suggestion: that there is one, how sure it is, and never whose."""
    # The agent may be the very model whose picture is judged.
    words = "Suggested" if rank is None else f"Suggested: {rank}"
    return f"{words} · {score:.2f}" if isinstance(score, int | float) else words
