"""The names of the columns of exports, which metadata cannot use."""

from collections.abc import Iterable

from diptych.datasets.templates.image_preference import FIELD, IMAGE_KEYS, PROMPT_KEY
from diptych.models import Field, Question, VectorSettings

PAIR_COLUMNS = (*IMAGE_KEYS, PROMPT_KEY)
# Columns that only the server sets; imports ignore them.
SERVER_COLUMNS = ("status", "_server_id")
_ANSWER_PARTS = ("responses", "responses.users", "responses.status")
_SUGGESTION_PARTS = ("suggestion", "suggestion.score", "suggestion.agent")
QUESTION_PARTS = (*_ANSWER_PARTS, *_SUGGESTION_PARTS)


def is_pair(field: Field) -> bool:
    """Return whether a field has a prompt and two images, which are separate columns in some files."""
    return field.name == FIELD and field.settings["type"] == "custom"


def question_columns(questions: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the columns of a flat export with answers and suggestions: name to question and part."""
    return {f"{name}.{part}": (name, part) for name in questions for part in QUESTION_PARTS}


def vector_columns(vectors: Iterable[str]) -> dict[str, str]:
    """Return the columns of a flat export with vectors; a vector whose name is taken has a longer name."""
    names = list(vectors)
    return {**{f"vector.{name}": name for name in names}, **{name: name for name in names}}


def reserved_names(
    fields: Iterable[Field], questions: Iterable[Question], vectors: Iterable[VectorSettings]
) -> frozenset[str]:
    """Return the names that metadata cannot have, because exports use them for other columns."""
    names = {"id", *SERVER_COLUMNS}
    for field in fields:
        names |= {field.name, *PAIR_COLUMNS} if is_pair(field) else {field.name}
    names |= question_columns(question.name for question in questions).keys()
    names |= vector_columns(vector.name for vector in vectors).keys()
    return frozenset(names)
