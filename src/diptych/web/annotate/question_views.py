"""The questions on screen: how each is asked, what was suggested, and what a form answers."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData

from diptych.core.errors import InvalidError
from diptych.models import Question, Response
from diptych.records.suggestions import Suggested
from diptych.web.annotate.choices import Choice, choices

# Of these, one press is a whole answer.
_PRESSED = frozenset({"label_selection", "rating"})
_WITH_KEYS = frozenset({*_PRESSED, "multi_label_selection"})
_ASKED = frozenset({*_WITH_KEYS, "ranking", "text"})


@dataclass(frozen=True)
class Ask:
    """A question on screen; ``input`` is where the form has its answer, ``text`` the text written so far.

    ``suggested_text`` is a suggestion that is no choice, and ``hint`` the words that mark it.
    """

    kind: str
    name: str
    input: str
    title: str
    description: str
    required: bool
    choices: Sequence[Choice]
    text: str
    suggested_text: str | None
    hint: str


def is_quick(questions: Sequence[Question]) -> bool:
    """Say whether one press answers everything that this page asks."""
    asked = _asked(questions)
    return len(asked) == 1 and asked[0].settings["type"] in _PRESSED and not unasked(questions)


def unasked(questions: Sequence[Question]) -> list[str]:
    """Return the titles of the questions that need an answer and cannot be asked on this page."""
    return [one.title for one in questions if one.required and one.settings["type"] not in _ASKED]


def asks(
    questions: Sequence[Question],
    answer: Response | None,
    suggestions: Mapping[uuid.UUID, Suggested],
    *,
    shown_order: Sequence[int],
    with_scores: bool,
) -> list[Ask]:
    """Return the questions as they stand on screen; digits choose in the first that has choices.

    ``with_scores`` says how sure each suggestion is.
    """
    asked = _asked(questions)
    with_keys = next((one for one in asked if one.settings["type"] in _WITH_KEYS), None)
    names = ["choice"] if is_quick(questions) else [f"answer.{question.name}" for question in asked]
    return [
        _ask(
            question,
            name,
            answer.values.get(question.name, {}).get("value") if answer else None,
            _suggestion(suggestions, question, with_scores=with_scores),
            shown_order=shown_order,
            has_keys=question is with_keys,
        )
        for question, name in zip(asked, names, strict=True)
    ]


def read_answers(form: FormData, questions: Sequence[Question]) -> dict[str, Any]:
    """Return the answers that a form holds as ``{question: {"value": …}}``; what is empty is no answer."""
    answers = {}
    for question in _asked(questions):
        name = "choice" if is_quick(questions) else f"answer.{question.name}"
        given = [text for text in form.getlist(name) if isinstance(text, str) and text.strip()]
        if given:
            answers[question.name] = {"value": _read(question, given)}
    return answers


def _asked(questions: Sequence[Question]) -> list[Question]:
    return [question for question in questions if question.settings["type"] in _ASKED]


def _suggestion(
    suggestions: Mapping[uuid.UUID, Suggested], question: Question, *, with_scores: bool
) -> Suggested | None:
    found = suggestions.get(question.id)
    return found if found is None or with_scores else replace(found, score=None)


def _ask(
    question: Question,
    name: str,
    value: Any,
    suggestion: Suggested | None,
    *,
    shown_order: Sequence[int],
    has_keys: bool,
) -> Ask:
    settings = question.settings
    is_text = settings["type"] == "text"
    hints = _hints(suggestion) if suggestion else {}
    return Ask(
        kind=settings["type"],
        name=question.name,
        input=name,
        title=question.title,
        description=question.description or "",
        required=question.required,
        choices=choices(
            settings, chosen=_ranks(value), hints=hints, shown_order=shown_order, has_keys=has_keys
        ),
        text=value if is_text and isinstance(value, str) else "",
        suggested_text=str(suggestion.value) if is_text and suggestion else None,
        hint=_mark(suggestion.score) if suggestion else "",
    )


def _ranks(value: Any) -> dict[str, int | None]:
    """Return the options that an answer or a suggestion names, with their ranks if it ranks them."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    pairs = [item if isinstance(item, Mapping) else {"value": item} for item in items]
    return {str(pair.get("value")): pair.get("rank") for pair in pairs}


def _hints(suggestion: Suggested) -> dict[str, str]:
    # Never whose: the agent may be the very model whose picture is judged.
    ranks, scores = _ranks(suggestion.value), suggestion.score
    each = scores if isinstance(scores, list) and len(scores) == len(ranks) else [scores] * len(ranks)
    return {value: _mark(score, rank) for (value, rank), score in zip(ranks.items(), each, strict=True)}


def _mark(score: Any, rank: int | None = None) -> str:
    words = "Suggested" if rank is None else f"Suggested: {rank}"
    return f"{words} · {score:.2f}" if isinstance(score, int | float) else words


def _read(question: Question, given: Sequence[str]) -> Any:
    kind = question.settings["type"]
    if kind == "multi_label_selection":
        return list(given)
    if kind == "ranking":
        places = [text.partition(":") for text in given]
        return [{"value": value, "rank": _number(question, rank)} for rank, _, value in places]
    return _number(question, given[-1]) if kind == "rating" else given[-1]


def _number(question: Question, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len("10"):
        raise InvalidError(f"The answer to {question.name!r} has to be a number.", question=question.name)
    return int(text)
