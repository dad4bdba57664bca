"""Reading records for an export, in their order and never many at once."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, exists, select, true
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText
from diptych.exports.answers import answer_text
from diptych.exports.selection import Selection
from diptych.models import Question, Record, Response, Suggestion

# About how many characters are fetched at once; records differ in size, so their number is adapted.
_BATCH_SIZE = 65_536
_FIRST_ROWS = 10
_MOST_ROWS = 500
ORDER = (Record.inserted_at, Record.id)


def read_rows(
    session: Session,
    selection: Selection,
    columns: Sequence[ColumnElement[Any]],
    joined: Iterable[FromClause] = (),
) -> Iterator[Sequence[Row[Any]]]:
    """Yield the records in their order, some at a time, as rows of the text ``columns``.

    ``joined`` are lateral queries that give one row for each record.
    """
    source: FromClause = Record.__table__
    for lateral in joined:
        source = source.outerjoin(lateral, true())
    # Names of their own: those that SQLAlchemy makes up for many like expressions are not always unique.
    named = [column.label(f"column_{number}") for number, column in enumerate(columns)]
    statement = select(*named).select_from(source).where(selection.condition).order_by(*ORDER)
    yield from _batches(session, statement)


def read_texts(
    session: Session, selection: Selection, row: SQLText, joined: Iterable[FromClause] = ()
) -> Iterator[Sequence[str]]:
    """Yield the records as ``read_rows``, of which each is one text."""
    for rows in read_rows(session, selection, [row], joined):
        yield [text for (text,) in rows]


def _batches(session: Session, statement: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
    with (
        session.connection().execute(statement, execution_options={"stream_results": True}) as result,
        ThreadPoolExecutor(1) as ahead,
    ):
        rows = result.fetchmany(_FIRST_ROWS)
        while rows:
            size = sum(sum(map(len, filter(None, row))) for row in rows)
            count = max(1, min(_MOST_ROWS, _BATCH_SIZE * len(rows) // max(1, size)))
            # The database works on the next rows while somebody works on these.
            coming = ahead.submit(result.fetchmany, count)
            yield rows
            rows = coming.result()


def has_records(session: Session, selection: Selection) -> bool:
    """Say whether any record is exported."""
    return bool(session.scalar(select(exists().where(selection.condition))))


def has_answers(session: Session, selection: Selection, question: Question) -> bool:
    """Say whether any record that is exported has a value for a question from anybody."""
    return _exists(session, selection, Response, answer_text(question).is_not(None))


def has_suggestions(session: Session, selection: Selection, question: Question) -> bool:
    """Say whether any record that is exported has a suggestion for a question."""
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
