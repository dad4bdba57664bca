"""Marks in a text: by pointer and keys in the text itself; without scripts, written down in lines."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from diptych.core.errors import InvalidError
from diptych.core.storable import shown
from diptych.models import Question
from diptych.web.annotate.questions.base import describe_hint, split_scores
from diptych.web.annotate.questions.options import OptionQuestionView

# What a form holds if the person says that there is nothing to mark.
NOTHING = "nothing"
_mark = re.compile(r"(.+?):[ \t]*([0-9]{1,9})-([0-9]{1,9})[ \t]*(?:\n+|$)", re.DOTALL)


class SpanView(OptionQuestionView):
    """Parts of the text of a field, each with a label."""

    takes_keys = True

    @classmethod
    def read(cls, question: Question, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return the marks; a form holds a line ``label: start-end`` for each, in characters."""
        text = "\n".join(text for text in texts if text != NOTHING).replace("\r\n", "\n").lstrip("\n")
        marks, position = [], 0
        while found := _mark.match(text, position):
            label, start, end = found.groups()
            marks.append({"label": label, "start": int(start), "end": int(end)})
            position = found.end()
        if rest := text[position:].strip():
            raise InvalidError(f"{shown(rest)} is not a mark such as “label: 3-9”.", question=question.name)
        return marks

    @property
    def field(self) -> str:
        """The name of the field whose text is marked."""
        return str(self.question.settings["field"])

    @property
    def text(self) -> str | None:
        """The text that is marked, as it is stored, if the record has it and it is not blank."""
        text = self.fields.get(self.field)
        return text if isinstance(text, str) and text.strip() else None

    @property
    def is_overlapping(self) -> bool:
        """Whether one mark may overlap another."""
        return bool(self.question.settings.get("allow_overlapping"))

    @property
    def lines(self) -> str:
        """The marks so far as a form holds them."""
        return "\n".join(map(_to_line, _marks(self.value)))

    @property
    def is_empty(self) -> bool:
        """Whether the person has said that there is nothing to mark."""
        return isinstance(self.value, list) and not self.value

    @property
    def suggested(self) -> list[Mapping[str, Any]]:
        """The marks that were suggested, each with the ``line`` that a form holds for it, and a ``hint``."""
        if self.suggestion is None:
            return []
        marks = _marks(self.suggestion.value)
        scores = split_scores(self.suggestion.score, len(marks))
        return [
            {**mark, "line": _to_line(mark), "hint": describe_hint(score)}
            for mark, score in zip(marks, scores, strict=True)
        ]

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """The keys of the labels, and those that work in the text."""
        return [
            *super().keys,
            ("T", "Go to the text"),
            ("←→ ↑↓", "In the text: move by words, with Shift select"),
            ("Enter", "In the text: mark the selection; digits choose the label"),
            ("Delete", "In the text: remove the mark"),
            ("Esc", "Leave the text"),
        ]


def _marks(value: Any) -> list[Mapping[str, Any]]:
    return [mark for mark in value if isinstance(mark, Mapping)] if isinstance(value, list) else []


def _to_line(mark: Mapping[str, Any]) -> str:
    return f"{mark.get('label')}: {mark.get('start')}-{mark.get('end')}"
