"""Searches for records by words, values, and similarity."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from diptych.datasets.queries import team_progress
from diptych.models import Dataset, Record, VectorSettings
from diptych.records.blocks import list_page
from diptych.records.search import indexes
from diptych.records.search.filters import conditions
from diptych.records.search.grammar import Search, VectorQuery
from diptych.records.search.names import Names
from diptych.records.search.similar import MAX_HITS, find_similar
from diptych.records.search.sorting import order_by
from diptych.records.search.values import Condition
from diptych.records.search.words import match_text

_ORDER = (Record.inserted_at, Record.id)


@dataclass(frozen=True)
class Hits:
    """The ids of a page of hits with their scores, and the total; similarity finds up to 1,000."""

    ids: Sequence[uuid.UUID]
    scores: Sequence[float | None]
    total: int


def search_records(session: Session, names: Names, search: Search, *, offset: int, limit: int) -> Hits:
    """Return the records that match all of a search, in the requested order, or best first.

    Raises ``InvalidError`` if the search does not fit the dataset. If the dataset is large enough, asks for a
    missing index.
    """
    query = search.query
    text = match_text(names, query.text) if query and query.text else None
    wanted = conditions(names, search.filters) + (text.conditions if text else [])
    is_large = team_progress(session, [names.dataset.id])[names.dataset.id].records >= indexes.PAYS_FROM
    if text and is_large:
        _ensure_index(session, names.dataset)
    if query and query.vector:
        has_index = is_large and _ensure_vector_index(session, names, query.vector)
        return _similar(session, names, query.vector, wanted, offset, limit, has_index=has_index)
    order = order_by(names, search.sort or ())
    if not wanted and not order:
        ids, total = list_page(session, names.dataset, offset=offset, limit=limit)
        return Hits(ids, [None] * len(ids), total)
    score = text.score if text else None
    return _matching(session, names.dataset, wanted, order, score, offset, limit)


def _ensure_vector_index(session: Session, names: Names, query: VectorQuery) -> bool:
    vector = names.vector(query.name)
    if vector.dimensions > indexes.MAX_DIMENSIONS:
        return False
    return _ensure_index(session, names.dataset, vector)


def _ensure_index(session: Session, dataset: Dataset, vector: VectorSettings | None = None) -> bool:
    is_ready = indexes.is_ready(session, dataset, vector)
    if not is_ready:
        indexes.build_soon(session, dataset, vector)
    return is_ready


def _similar(
    session: Session,
    names: Names,
    query: VectorQuery,
    wanted: Sequence[Condition],
    offset: int,
    limit: int,
    *,
    has_index: bool,
) -> Hits:
    most = min(offset + limit, MAX_HITS)
    found = find_similar(session, names, query, wanted, limit=MAX_HITS, has_index=has_index)
    page = found[offset:most]
    return Hits([id_ for id_, _ in page], [score for _, score in page], len(found))


def _matching(
    session: Session,
    dataset: Dataset,
    wanted: Sequence[Condition],
    order: Sequence[ColumnElement[object]],
    score: ColumnElement[float] | None,
    offset: int,
    limit: int,
) -> Hits:
    scored = literal(None) if score is None else score
    best_first = [] if score is None or order else [scored.desc()]
    mine = indexes.literal_dataset(dataset)
    statement = select(Record.id, scored).where(mine, *wanted).order_by(*order, *best_first, *_ORDER)
    rows = session.execute(statement.offset(offset).limit(limit)).all()
    total = session.scalar(select(func.count()).select_from(Record).where(mine, *wanted)) or 0
    return Hits([id_ for id_, _ in rows], [score_ for _, score_ in rows], total)
