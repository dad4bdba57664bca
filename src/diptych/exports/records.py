"""The content ``records``: one row for each record, all of its parts as columns, the same for all records."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import SQLColumnExpression, case, func, literal
from sqlalchemy.orm import Session

from diptych.core.json_text import plain, stored
from diptych.core.kinds import Kind, ListOf, Scalar
from diptych.exports.keys import list_metadata_keys, number_kinds
from diptych.exports.layouts import Layout, typed
from diptych.exports.parts import external_id, flat_answers, suggestion_of, vector_text
from diptych.exports.queries import has_answers, has_suggestions
from diptych.exports.selection import Selection
from diptych.exports.table import (
    Column,
    Part,
    Table,
    list_column,
    member_column,
    rename_taken,
    text_column,
    word_column,
)
from diptych.models import Record
from diptych.questions import find_type


def records_table(session: Session, selection: Selection, layout: Layout) -> Table:
    """Return the columns of records; answers and suggestions have columns only if there are any.

    Fields, metadata and vectors keep their names; if another column has the name, ``field.``, ``metadata.``
    or ``vector.`` is added in front. ``layout`` maps a field to its columns.
    """
    record = _record()
    fields = [layout(session, selection, field) for field in selection.settings.fields]
    answers, suggestions = _answers(session, selection), _suggestions(session, selection)
    given = [*answers.columns, *suggestions.columns]
    taken = {column.name for column in (*record, *given)}
    columns = [
        *record,
        *rename_taken((column for field in fields for column in field.columns), "field", taken),
        *rename_taken(_metadata(session, selection, layout), "metadata", taken),
        *rename_taken(_vectors(selection), "vector", taken),
        *given,
    ]
    joined = [lateral for part in (*fields, answers, suggestions) for lateral in part.joined]
    return Table(columns, selection.records(joined))


def _record() -> list[Column]:
    return [
        text_column("id", external_id()),
        word_column("status", Record.status),
        word_column("_server_id", Record.id),
    ]


def _metadata(session: Session, selection: Selection, layout: Layout) -> Iterator[Column]:
    kinds = number_kinds(session, selection) if layout is typed else {}
    for key in list_metadata_keys(session, selection):
        yield member_column(Record.metadata_, key, kinds.get(key, Scalar.TEXT))


def _vectors(selection: Selection) -> Iterator[Column]:
    vectors = selection.settings.vectors if selection.with_vectors else ()
    for vector in vectors:
        yield list_column(vector.name, vector_text(vector), Scalar.FLOAT)


def _answers(session: Session, selection: Selection) -> Part:
    columns, joined = [], []
    for question in selection.settings.questions:
        if has_answers(session, selection, question):
            answers = flat_answers(question)
            joined.append(answers)
            kind = find_type(question.settings).exported_as
            columns += [
                list_column(f"{question.name}.responses", answers.c.values_, kind),
                list_column(f"{question.name}.responses.users", answers.c.users, Scalar.TEXT),
                list_column(f"{question.name}.responses.status", answers.c.statuses, Scalar.TEXT),
            ]
    return Part(columns, joined)


def _suggestions(session: Session, selection: Selection) -> Part:
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
                text_column(f"{question.name}.suggestion.agent", agent),
            ]
    return Part(columns, joined)


def _score(name: str, score: SQLColumnExpression[Any], kind: Kind) -> Column:
    """Return the column of scores; for a value that is a list, the score may be a number or a list."""
    text = stored(score)
    if isinstance(kind, Scalar):
        return Column(name, text, text, Scalar.FLOAT)
    alone = func.json_typeof(score) == "number"
    fitted = case((alone, literal("[").concat(text).concat("]")), else_=text)
    return Column(name, text, text, ListOf(Scalar.FLOAT), fitted)
