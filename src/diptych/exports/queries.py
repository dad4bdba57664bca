"""Reading records for an export, in their order and never many at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    SQLColumnExpression,
    Text,
    cast,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array
from sqlalchemy.orm import Session

from diptych.exports.answers import answer_text
from diptych.exports.selection import Selection
from diptych.models import Question, Record, Response, Suggestion

# About how many characters are fetched at once; records differ in size, so their number is adapted.
_BATCH_SIZE = 65_536
_FIRST_ROWS = 10
_MOST_ROWS = 500
# Most keys are found in so many records; the others are then looked for where they are.
_SAMPLE = 100
_ORDER = (Record.inserted_at, Record.id)


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
    statement = select(*named).select_from(source).where(selection.condition).order_by(*_ORDER)
    yield from _batches(session, statement)


def _batches(session: Session, statement: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
    count = _FIRST_ROWS
    with session.execute(statement, execution_options={"stream_results": True}) as result:
        while rows := result.fetchmany(count):
            yield rows
            size = sum(len(cell) for row in rows for cell in row if cell is not None)
            count = max(1, min(_MOST_ROWS, _BATCH_SIZE * len(rows) // max(1, size)))


def list_metadata_keys(session: Session, selection: Selection) -> list[str]:
    """Return the keys of the metadata of all records, in the order in which they first appear."""
    return _list_keys(session, selection, Record.metadata_, cast(Record.metadata_, JSONB), ())


def list_member_keys(session: Session, selection: Selection, field: str, known: Sequence[str]) -> list[str]:
    """Return ``known`` and the other keys of the objects in a field, as they first appear."""
    value = func.nullif(cast(Record.fields, JSONB)[field], cast(JSONB.NULL, JSONB))
    return _list_keys(session, selection, Record.fields[field], value, known)


def _list_keys(
    session: Session,
    selection: Selection,
    held: SQLColumnExpression[Any],
    held_as_jsonb: ColumnElement[Any],
    known: Sequence[str],
) -> list[str]:
    keys = dict.fromkeys(known)
    sample = select(held).where(selection.condition).order_by(*_ORDER).limit(_SAMPLE)
    for value in session.scalars(sample):
        keys.update(dict.fromkeys(value or ()))
    rest = held_as_jsonb.op("-", return_type=JSONB())(literal(list(keys), ARRAY(Text)))
    has_others = rest != cast({}, JSONB)
    # Whether there are others is found out quickly, in parallel; in which order only if there are.
    if session.scalar(select(func.bool_or(has_others)).where(selection.condition)):
        others = _others(held, selection.condition & has_others, list(keys))
        keys.update(dict.fromkeys(session.scalars(others)))
    return list(keys)


def _others(
    held: SQLColumnExpression[Any], condition: ColumnElement[bool], known: Sequence[str]
) -> Select[str]:
    number = func.row_number().over(order_by=_ORDER)
    records = select(held.label("held"), number.label("number")).where(condition).subquery()
    keys = (
        func.json_object_keys(records.c.held)
        .table_valued("key", with_ordinality="place", joins_implicitly=True)
        .render_derived()
    )
    return (
        select(keys.c.key)
        .select_from(records, keys)
        .where(keys.c.key.not_in(known))
        .group_by(keys.c.key)
        .order_by(func.min(array([records.c.number, keys.c.place])))
    )


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
