"""Reads records for an export, in order and never many at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, SQLColumnExpression, exists, select, true
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText
from diptych.exports.answers import answer_text
from diptych.exports.copy_out import copy_out
from diptych.exports.selection import Piece, Selection
from diptych.models import Question, Record, Response, Suggestion

ORDER = (Record.inserted_at, Record.id)
# Unchanged lines of JSON: JSON escapes the characters of this quote and delimiter.
_QUOTE = "\x01"
_AS_THEY_ARE = f"FORMAT csv, QUOTE '{_QUOTE}', DELIMITER '\x02'"


def records_of(
    selection: Selection, columns: Sequence[SQLColumnExpression[Any]], joined: Iterable[FromClause]
) -> Select[*tuple[Any, ...]]:
    """Return the query for the ``columns`` of the records in order.

    ``joined`` are lateral queries with one row for each record.
    """
    source: FromClause = Record.__table__
    for lateral in joined:
        source = source.outerjoin(lateral, true())
    # Explicit names: SQLAlchemy's generated names for many similar expressions are not always unique.
    named: list[ColumnElement[Any]] = [
        column.label(f"column_{number}") for number, column in enumerate(columns)
    ]
    return select(*named).select_from(source).where(selection.condition).order_by(*ORDER)


def read_lines(
    session: Session, selection: Selection, line: SQLText, joined: Iterable[FromClause]
) -> Iterator[Piece]:
    """Yield the records in order, each as a line of JSON text, ``joined`` as in ``records_of``."""
    statement = records_of(selection, [line], joined)
    for rows in copy_out(session, statement, _AS_THEY_ARE):
        # COPY quotes lines that contain a line end between two values.
        yield Piece(b"".join(rows).replace(_QUOTE.encode(), b""), len(rows))


def has_records(session: Session, selection: Selection) -> bool:
    """Return whether any record is exported."""
    return bool(session.scalar(select(exists().where(selection.condition))))


def has_answers(session: Session, selection: Selection, question: Question) -> bool:
    """Return whether any exported record has an answer to a question."""
    return _exists(session, selection, Response, answer_text(question).is_not(None))


def has_suggestions(session: Session, selection: Selection, question: Question) -> bool:
    """Return whether any exported record has a suggestion for a question."""
    return _exists(session, selection, Suggestion, Suggestion.question_id == question.id)


def _exists(
    session: Session,
    selection: Selection,
    table: type[Response | Suggestion],
    condition: ColumnElement[bool],
) -> bool:
    found = exists().where(table.dataset_id == selection.dataset_id, condition)
    if selection.status is not None:
        found = found.where(selection.condition, Record.id == table.record_id)
    return bool(session.scalar(select(found)))
