"""The questions on a card: one module for each type, with its view and what its form holds."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData

from diptych.core.slices import find_slices
from diptych.core.templating import list_modules
from diptych.models import Question, Response
from diptych.records.suggestions import Suggested
from diptych.web.annotate.questions.base import QuestionView

__all__ = [
    "VIEWS",
    "QuestionView",
    "is_quick",
    "list_scripts",
    "list_types",
    "make_overview",
    "make_views",
    "read_answers",
]

_SCRIPTS = "js/pages/annotate"

VIEWS: Mapping[str, type[QuestionView]] = find_slices(__name__, __path__, "View")


def is_quick(questions: Sequence[Question]) -> bool:
    """Say whether one press answers everything."""
    return len(questions) == 1 and _view_type(questions[0]).is_quick


def list_types(questions: Sequence[Question]) -> list[str]:
    """Return the types of some questions, each once."""
    return sorted({question.settings["type"] for question in questions})


def list_scripts(types: Iterable[str]) -> list[str]:
    """Return the paths of the scripts of the annotation page with questions of these types."""
    return list_modules(f"{_SCRIPTS}/page.js", *(f"{_SCRIPTS}/questions/{type_}.js" for type_ in types))


def make_views(
    questions: Sequence[Question],
    answer: Response | None,
    suggestions: Mapping[uuid.UUID, Suggested],
    fields: Mapping[str, Any],
    *,
    shown_order: Sequence[int],
    with_scores: bool,
) -> list[QuestionView]:
    """Return the questions on a card; digits choose in the first that takes them.

    ``with_scores`` says how sure each suggestion is.
    """
    with_keys = next((one for one in questions if _view_type(one).takes_keys), None)
    return [
        _view_type(question)(
            question=question,
            input=_input_name(question, questions),
            value=answer.values.get(question.name, {}).get("value") if answer else None,
            suggestion=_suggestion(suggestions, question, with_scores=with_scores),
            fields=fields,
            shown_order=shown_order,
            has_keys=question is with_keys,
        )
        for question in questions
    ]


def make_overview(questions: Sequence[Question]) -> list[QuestionView]:
    """Return the questions as those see them who only look at the dataset."""
    return [
        _view_type(question)(
            question=question,
            input=_input_name(question, questions),
            has_keys=_view_type(question).is_quick,
        )
        for question in questions
    ]


def read_answers(form: FormData, questions: Sequence[Question]) -> dict[str, Any]:
    """Return the answers that a form holds as ``{question: {"value": …}}``; what is blank is no answer."""
    answers = {}
    for question in questions:
        given = form.getlist(_input_name(question, questions))
        texts = [text for text in given if isinstance(text, str) and text.strip()]
        if texts:
            answers[question.name] = {"value": _view_type(question).read(question, texts)}
    return answers


def _view_type(question: Question) -> type[QuestionView]:
    return VIEWS[question.settings["type"]]


def _input_name(question: Question, questions: Sequence[Question]) -> str:
    return "choice" if is_quick(questions) else f"answer.{question.name}"


def _suggestion(
    suggestions: Mapping[uuid.UUID, Suggested], question: Question, *, with_scores: bool
) -> Suggested | None:
    found = suggestions.get(question.id)
    return found if found is None or with_scores else replace(found, score=None)
