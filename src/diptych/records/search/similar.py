"""Records with similar vectors: cosine similarity, as a score from 0 to 1."""

import uuid
from collections.abc import Sequence
from typing import Any

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import ColumnElement, Row, bindparam, case, cast, func, literal_column, select, text
from sqlalchemy.orm import Session

from diptych.core.errors import InvalidError
from diptych.datasets.vectors import vector_text
from diptych.models import Record, Vector, VectorSettings
from diptych.records.search.grammar import VectorOrder, VectorQuery
from diptych.records.search.names import Names
from diptych.records.search.values import Condition

# The maximum number of hits.
MAX_HITS = 1_000


class MissingVectorError(InvalidError):
    """The reference record has no such vector."""

    code = "missing_vector"


def find_similar(
    session: Session,
    names: Names,
    query: VectorQuery,
    conditions: Sequence[Condition],
    *,
    limit: int,
    has_index: bool,
) -> Sequence[Row[uuid.UUID, float]]:
    """Return the ids of up to ``limit`` records with their scores ``(1 + cos) / 2``, best first.

    The reference record is not among them. An index is used only without other conditions: it returns the
    nearest neighbours first, and few of them might match.
    """
    declared = names.vector(query.name)
    reference = cast(bindparam("reference", _reference(session, names, declared, query)), VECTOR())
    is_nearest = query.order == VectorOrder.MOST_SIMILAR
    if has_index and is_nearest and not conditions:
        session.execute(text(f"SET LOCAL hnsw.ef_search = {max(40, min(1_000, limit + 1))}"))
        distance: ColumnElement[float] = _indexed(declared).cosine_distance(reference)
    else:
        distance = _defined(Vector.value.cosine_distance(reference))
    statement = (
        select(Vector.record_id, 1 - _defined(distance) / 2)
        .where(Vector.dataset_id == names.dataset.id, Vector.vectors_settings_id == _literal(declared.id))
        .order_by(distance if is_nearest else distance.desc())
        .limit(limit)
    )
    if query.record_id is not None:
        statement = statement.where(Vector.record_id != query.record_id)
    if conditions:
        of_it = (Record.dataset_id == Vector.dataset_id) & (Record.id == Vector.record_id)
        statement = statement.join(Record, of_it).where(*conditions)
    return session.execute(statement).all()


def _indexed(declared: VectorSettings) -> Any:
    return cast(Vector.value, VECTOR(declared.dimensions))


def _defined(distance: ColumnElement[float]) -> ColumnElement[float]:
    # A zero vector has no direction; its distance counts as 1, halfway between near and far.
    return case((distance == text("'NaN'"), 1.0), else_=distance)


def _literal(id_: uuid.UUID) -> ColumnElement[uuid.UUID]:
    # In the statement itself, so that the planner sees which partial index fits.
    return literal_column(f"'{id_}'::uuid", Vector.vectors_settings_id.type)


def _reference(session: Session, names: Names, declared: VectorSettings, query: VectorQuery) -> str:
    if query.value is not None:
        return vector_text(declared, query.value)
    stored = session.scalar(
        select(func.text(Vector.value)).where(
            Vector.dataset_id == names.dataset.id,
            Vector.record_id == query.record_id,
            Vector.vectors_settings_id == declared.id,
        )
    )
    if stored is None:
        raise MissingVectorError(f"The record {query.record_id} has no vector {declared.name!r}.")
    return str(stored)
