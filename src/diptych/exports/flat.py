"""The flat shape: all parts of a record as columns, the same for all records."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import SQLColumnExpression, Text, case, cast, func, literal
from sqlalchemy.orm import Session

from diptych.core.json_text import escaped, plain, quoted, stored
from diptych.core.kinds import Kind, ListOf, Scalar
from diptych.exports.answers import flat_answers, suggestion_of
from diptych.exports.columns import Column, FlatShape, array, part
from diptych.exports.keys import list_metadata_keys
from diptych.exports.layouts import Layout, whole
from diptych.exports.parts import external_id, vector_text
from diptych.exports.queries import has_answers, has_suggestions
from diptych.exports.selection import Selection
from diptych.models import Record
from diptych.questions import find_type

_ALL_TEXT: Mapping[str, Scalar] = MappingProxyType({})


def flat_shape(
    session: Session,
    selection: Selection,
    *,
    layout: Layout = whole,
    kinds: Mapping[str, Scalar] = _ALL_TEXT,
) -> FlatShape:
    """Return the columns of an export; answers and suggestions have columns only if there are any.

    Fields, metadata and vectors keep their names; if another column has the name, ``field.``, ``metadata.``
    or ``vector.`` is added in front. ``layout`` maps a field to its columns, ``kinds`` has the kinds of
    metadata that is not text.
    """
    record = _record()
    fields = [layout(session, selection, field) for field in selection.settings.fields]
    answers, suggestions = _answers(session, selection), _suggestions(session, selection)
    given = [*answers.columns, *suggestions.columns]
    taken = {column.name for column in (*record, *given)}
    columns = [
        *record,
        *_rename((column for field in fields for column in field.columns), "field", taken),
        *_rename(_metadata(session, selection, kinds), "metadata", taken),
        *_rename(_vectors(selection), "vector", taken),
        *given,
    ]
    joined = [lateral for shape in (*fields, answers, suggestions) for lateral in shape.joined]
    return FlatShape(columns, joined)


def _record() -> list[Column]:
    status, server_id = quoted(Record.status), quoted(Record.id)
    return [
        Column("id", escaped(external_id()), external_id()),
        Column("status", status, cast(Record.status, Text), fitted=status),
        Column("_server_id", server_id, cast(Record.id, Text), fitted=server_id),
    ]


def _metadata(session: Session, selection: Selection, kinds: Mapping[str, Scalar]) -> Iterator[Column]:
    for key in list_metadata_keys(session, selection):
        yield part(Record.metadata_, key, kinds.get(key, Scalar.TEXT))


def _vectors(selection: Selection) -> Iterator[Column]:
    vectors = selection.settings.vectors if selection.with_vectors else ()
    for vector in vectors:
        yield array(vector.name, vector_text(vector), Scalar.FLOAT)


def _answers(session: Session, selection: Selection) -> FlatShape:
    columns, joined = [], []
    for question in selection.settings.questions:
        if has_answers(session, selection, question):
            answers = flat_answers(question)
            joined.append(answers)
            kind = find_type(question.settings).exported_as
            columns += [
                array(f"{question.name}.responses", answers.c.values_, kind),
                array(f"{question.name}.responses.users", answers.c.users, Scalar.TEXT),
                array(f"{question.name}.responses.status", answers.c.statuses, Scalar.TEXT),
            ]
    return FlatShape(columns, joined)


def _suggestions(session: Session, selection: Selection) -> FlatShape:
    columns, joined = [], []
    for question in selection.settings.questions:
        if has_suggestions(session, selection, question):
            suggestion = suggestion_of(question)
            joined.append(suggestion)
            value, score, agent = suggestion.c.value, suggestion.c.score, suggestion.c.agent
            kind = find_type(question.settings).exported_as
            columns += [
                Column(f"{question.name}.suggestion", stored(value), plain(value), kind),
                _score(f"{question.name}.suggestion.score", score, kind),
                Column(f"{question.name}.suggestion.agent", escaped(agent), agent),
            ]
    return FlatShape(columns, joined)


def _score(name: str, score: SQLColumnExpression[Any], kind: Kind) -> Column:
    """Return the column of scores; for a value that is a list, the score may be a number or a list."""
    text = stored(score)
    if isinstance(kind, Scalar):
        return Column(name, text, text, Scalar.FLOAT)
    alone = func.json_typeof(score) == "number"
    fitted = case((alone, literal("[").concat(text).concat("]")), else_=text)
    return Column(name, text, text, ListOf(Scalar.FLOAT), fitted)


def _rename(columns: Iterable[Column], prefix: str, taken: set[str]) -> Iterator[Column]:
    for column in columns:
        name = column.name
        while name in taken:
            name = f"{prefix}.{name}"
        taken.add(name)
        yield replace(column, name=name)
