"""Records as JSON, put together by the database: what is stored as JSON goes out as it came in."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Row,
    SQLColumnExpression,
    Text,
    Uuid,
    cast,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText, escaped, object_of, or_null, quoted, stored
from diptych.models import Dataset, Record, Response, Suggestion, Vector, VectorSettings


@dataclass(frozen=True)
class View:
    """Which parts of a record somebody sees.

    ``vectors`` are those that come along, or None for no member of this name. ``responses_of`` leaves out
    everybody else's responses, ``metadata_keys`` all other metadata. Without ``agents``, nobody is told whose
    suggestions these are.
    """

    responses: bool = False
    suggestions: bool = False
    vectors: Sequence[VectorSettings] | None = None
    responses_of: uuid.UUID | None = None
    metadata_keys: Collection[str] | None = None
    agents: bool = True


def read_records(
    session: Session, dataset: Dataset, ids: Sequence[uuid.UUID], view: View
) -> Sequence[Row[uuid.UUID, str]]:
    """Return the records of these ids as JSON texts, in this order and without those that are gone."""
    wanted = (
        func.unnest(literal(list(ids), ARRAY(Uuid)))
        .table_valued("id", with_ordinality="place", joins_implicitly=True)
        .render_derived()
    )
    members, joined = _members(dataset, view)
    source: FromClause = Record.__table__
    for lateral in joined:
        source = source.outerjoin(lateral, true())
    statement = (
        select(Record.id, object_of(members))
        .select_from(wanted, source)
        .where(Record.dataset_id == dataset.id, Record.id == wanted.c.id)
        .order_by(wanted.c.place)
    )
    return session.execute(statement).all()


def _members(dataset: Dataset, view: View) -> tuple[list[tuple[str, SQLText]], list[FromClause]]:
    members = [
        ("id", quoted(Record.id)),
        ("status", quoted(Record.status)),
        ("fields", stored(Record.fields)),
        ("metadata", _metadata(view)),
        ("external_id", escaped(func.coalesce(Record.external_id, cast(Record.id, Text)))),
    ]
    joined: list[FromClause] = []
    if view.responses:
        joined.append(_responses(view))
        members.append(("responses", joined[-1].c.list_))
    if view.suggestions:
        joined.append(_suggestions(view))
        members.append(("suggestions", joined[-1].c.list_))
    if view.vectors is not None:
        members.append(("vectors", object_of((vector.name, _vector(vector)) for vector in view.vectors)))
    members += [
        ("dataset_id", literal(f'"{dataset.id}"')),
        ("inserted_at", _moment(Record.inserted_at)),
        ("updated_at", _moment(Record.updated_at)),
    ]
    return members, joined


def _metadata(view: View) -> SQLText:
    if view.metadata_keys is None:
        return stored(Record.metadata_)
    keys = func.json_each(Record.metadata_).table_valued("key", "value", joins_implicitly=True)
    visible = select(func.json_object_agg(keys.c.key, cast(keys.c.value, JSON))).where(
        keys.c.key.in_(view.metadata_keys)
    )
    return func.coalesce(cast(visible.scalar_subquery(), Text), "{}")


def _responses(view: View) -> FromClause:
    members = [
        ("id", quoted(Response.id)),
        ("values", stored(Response.values)),
        ("status", quoted(Response.status)),
        ("record_id", quoted(Response.record_id)),
        ("user_id", quoted(Response.user_id)),
        ("inserted_at", _moment(Response.inserted_at)),
        ("updated_at", _moment(Response.updated_at)),
    ]
    condition = _of_the_record(Response)
    if view.responses_of is not None:
        condition &= Response.user_id == view.responses_of
    return _list(members, condition, Response.inserted_at, Response.id)


def _suggestions(view: View) -> FromClause:
    members = [
        ("id", quoted(Suggestion.id)),
        ("question_id", quoted(Suggestion.question_id)),
        ("type", or_null(quoted(Suggestion.type))),
        ("value", stored(Suggestion.value)),
        ("agent", or_null(escaped(Suggestion.agent)) if view.agents else literal("null")),
        ("score", or_null(stored(Suggestion.score))),
        ("inserted_at", _moment(Suggestion.inserted_at)),
        ("updated_at", _moment(Suggestion.updated_at)),
    ]
    return _list(members, _of_the_record(Suggestion), Suggestion.inserted_at, Suggestion.id)


def _of_the_record(table: type[Response | Suggestion]) -> ColumnElement[bool]:
    return (table.dataset_id == Record.dataset_id) & (table.record_id == Record.id)


def _list(
    members: Sequence[tuple[str, SQLText]], condition: ColumnElement[bool], *order: SQLColumnExpression[Any]
) -> FromClause:
    texts = func.string_agg(object_of(members), aggregate_order_by(literal(","), *order))
    list_ = literal("[").concat(func.coalesce(texts, "")).concat("]")
    return select(list_.label("list_")).where(condition).correlate(Record).lateral()


def _vector(vector: VectorSettings) -> SQLText:
    value = select(cast(Vector.value, Text)).where(
        Vector.dataset_id == Record.dataset_id,
        Vector.record_id == Record.id,
        Vector.vectors_settings_id == vector.id,
    )
    return value.correlate(Record).scalar_subquery()


def _moment(column: SQLColumnExpression[Any]) -> SQLText:
    return func.to_char(column, '"\\""YYYY-MM-DD"T"HH24:MI:SS.US"\\""')
