"""The names of the columns of exports, which metadata cannot use."""

from collections.abc import Iterable

from diptych.datasets.fields.image_set import (
    PROMPT,
    count_named_images,
    holds_images,
    holds_prompt,
    image_names,
)
from diptych.models import Field, Question, VectorSettings

# How many images a record has if no question says it.
_USUAL = 2
# Columns that only the server sets; imports ignore them.
SERVER_COLUMNS = ("status", "_server_id")
_ANSWER_PARTS = ("responses", "responses.users", "responses.status")
_SUGGESTION_PARTS = ("suggestion", "suggestion.score", "suggestion.agent")
QUESTION_PARTS = (*_ANSWER_PARTS, *_SUGGESTION_PARTS)


def image_columns(questions: Iterable[Question]) -> tuple[str, ...]:
    """Return the columns of the images: as many as answers to these questions can name."""
    return image_names(count_named_images(question.settings for question in questions) or _USUAL)


def prompt_columns(fields: Iterable[Field]) -> tuple[str, ...]:
    """Return the column of the prompt that is stored with images: none if the prompt has its own field."""
    return () if any(map(holds_prompt, fields)) else (PROMPT,)


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
    fields, questions = list(fields), list(questions)
    names = {"id", *SERVER_COLUMNS, *(field.name for field in fields)}
    if any(map(holds_images, fields)):
        names |= {*image_columns(questions), *prompt_columns(fields)}
    names |= question_columns(question.name for question in questions).keys()
    names |= vector_columns(vector.name for vector in vectors).keys()
    return frozenset(names)
