"""The flat shape: everything of a record in columns, of which every record has all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, SQLColumnExpression, Text, cast
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText, escaped, plain, quoted, stored
from diptych.datasets import image_preference
from diptych.exports.answers import flat_answers, suggestion_of
from diptych.exports.parts import external_id, vector_text
from diptych.exports.queries import (
    has_answers,
    has_suggestions,
    list_member_keys,
    list_metadata_keys,
)
from diptych.exports.selection import Selection
from diptych.models import Field, Record


@dataclass(frozen=True)
class Column:
    """A column: its name, and its value as JSON and as plain text, NULL where a record has none.

    Plain text is what is inside a JSON string, and the JSON of everything else.
    """

    name: str
    json: SQLText
    plain: SQLText


@dataclass(frozen=True)
class FlatShape:
    """Columns in their order, and the lateral queries that they are read from."""

    columns: Sequence[Column]
    joined: Sequence[FromClause] = ()


def flat_shape(session: Session, selection: Selection, *, open_pairs: bool = False) -> FlatShape:
    """Return the columns of an export; those of answers and suggestions only if there are any.

    Fields, metadata and vectors have their own names, with ``field.``, ``metadata.`` or ``vector.`` before
    them only if another column is named like that. ``open_pairs`` makes the prompt and the two images columns
    of their own.
    """
    record = _record()
    answers, suggestions = _answers(session, selection), _suggestions(session, selection)
    given = [*answers.columns, *suggestions.columns]
    taken = {column.name for column in (*record, *given)}
    columns = [
        *record,
        *_rename(_fields(session, selection, open_pairs=open_pairs), "field", taken),
        *_rename(_metadata(session, selection), "metadata", taken),
        *_rename(_vectors(selection), "vector", taken),
        *given,
    ]
    return FlatShape(columns, [*answers.joined, *suggestions.joined])


def _record() -> list[Column]:
    return [
        Column("id", escaped(external_id()), external_id()),
        Column("status", quoted(Record.status), cast(Record.status, Text)),
        Column("_server_id", quoted(Record.id), cast(Record.id, Text)),
    ]


def _fields(session: Session, selection: Selection, *, open_pairs: bool) -> Iterator[Column]:
    for field in selection.settings.fields:
        if open_pairs and _is_pair(field):
            yield from _pair(session, selection, field)
        else:
            yield _part(Record.fields, field.name)


def _is_pair(field: Field) -> bool:
    return field.name == image_preference.FIELD and field.settings["type"] == "custom"


def _pair(session: Session, selection: Selection, field: Field) -> Iterator[Column]:
    known = (image_preference.PROMPT_KEY, *image_preference.IMAGE_KEYS)
    for key in list_member_keys(session, selection, field.name, known):
        yield _part(Record.fields[field.name], key)


def _metadata(session: Session, selection: Selection) -> Iterator[Column]:
    for key in list_metadata_keys(session, selection):
        yield _part(Record.metadata_, key)


def _part(holder: SQLColumnExpression[Any], key: str) -> Column:
    return Column(key, stored(holder[key]), holder.op("->>", return_type=Text())(key))


def _vectors(selection: Selection) -> Iterator[Column]:
    vectors = selection.settings.vectors if selection.with_vectors else ()
    for vector in vectors:
        yield _array(vector.name, vector_text(vector))


def _answers(session: Session, selection: Selection) -> FlatShape:
    columns, joined = [], []
    for question in selection.settings.questions:
        if has_answers(session, selection, question):
            answers = flat_answers(question)
            joined.append(answers)
            columns += [
                _array(f"{question.name}.responses", answers.c.values_),
                _array(f"{question.name}.responses.users", answers.c.users),
                _array(f"{question.name}.responses.status", answers.c.statuses),
            ]
    return FlatShape(columns, joined)


def _suggestions(session: Session, selection: Selection) -> FlatShape:
    columns, joined = [], []
    for question in selection.settings.questions:
        if has_suggestions(session, selection, question):
            suggestion = suggestion_of(question)
            joined.append(suggestion)
            value, score, agent = suggestion.c.value, suggestion.c.score, suggestion.c.agent
            columns += [
                Column(f"{question.name}.suggestion", stored(value), plain(value)),
                _array(f"{question.name}.suggestion.score", stored(score)),
                Column(f"{question.name}.suggestion.agent", escaped(agent), agent),
            ]
    return FlatShape(columns, joined)


def _array(name: str, json: SQLText) -> Column:
    return Column(name, json, json)


def _rename(columns: Iterable[Column], prefix: str, taken: set[str]) -> Iterator[Column]:
    for column in columns:
        name = column.name
        while name in taken:
            name = f"{prefix}.{name}"
        taken.add(name)
        yield Column(name, column.json, column.plain)
