"""Records as JSON that the database assembles: stored JSON is returned unchanged.

The statements are text and cached by kind of view: a page of a hundred records takes the database two
milliseconds, and building the statement each time would double that.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from diptych.api.records.sql import Parts, record_json
from diptych.models import Dataset, VectorSettings
from diptych.records.blocks import PAGE


@dataclass(frozen=True)
class View:
    """The parts of a record that a caller gets; see ``includes.to_view``.

    ``vectors`` are the included ones, or None for no member of this name. ``responses_of`` excludes the
    responses of other users, ``metadata_keys`` all other metadata. Without ``external_ids``, the external id
    is replaced by the record's id; without ``suggestion_sources``, suggestions have only values.
    """

    responses: bool
    suggestions: bool
    vectors: Sequence[VectorSettings] | None
    responses_of: uuid.UUID | None
    metadata_keys: Collection[str] | None
    external_ids: bool
    suggestion_sources: bool

    @property
    def parts(self) -> Parts:
        """The kind of this view."""
        return Parts(
            responses=self.responses,
            suggestions=self.suggestions,
            vectors=self.vectors is not None,
            only_own=self.responses_of is not None,
            only_some_metadata=self.metadata_keys is not None,
            external_ids=self.external_ids,
            suggestion_sources=self.suggestion_sources,
        )


def read_records(
    session: Session, dataset: Dataset, ids: Sequence[uuid.UUID], view: View
) -> Sequence[Row[uuid.UUID, str]]:
    """Return the records with these ids as JSON texts, in this order, without deleted ones."""
    values = _values(dataset, view, ids=[str(id_) for id_ in ids])
    return session.execute(_of_ids(view.parts), values).all()


def read_list(session: Session, dataset: Dataset, ids: Sequence[uuid.UUID], view: View) -> str:
    """Return ``read_records`` as one text, separated by commas."""
    values = _values(dataset, view, ids=[str(id_) for id_ in ids])
    return session.scalar(_joined(view.parts), values) or ""


def read_page(session: Session, dataset: Dataset, view: View, *, offset: int, limit: int) -> tuple[str, int]:
    """Return a page of records as one text, separated by commas, and the total number of records."""
    values = _values(dataset, view, offset=offset, limit=limit)
    records, total = session.execute(_of_page(view.parts), values).one()
    return records or "", total


def _values(dataset: Dataset, view: View, **others: Any) -> dict[str, Any]:
    return {
        "dataset_id": dataset.id,
        "responses_of": view.responses_of,
        "keys": list(view.metadata_keys or ()),
        "vector_ids": [vector.id for vector in view.vectors or ()],
        **others,
    }


@lru_cache
def _of_ids(parts: Parts) -> TextClause:
    return text(f"SELECT id, json FROM ({_select_of_ids(parts)}) records ORDER BY index")  # noqa: S608 - constants


@lru_cache
def _joined(parts: Parts) -> TextClause:
    return text(f"SELECT string_agg(json, ',' ORDER BY index) FROM ({_select_of_ids(parts)}) records")  # noqa: S608 - constants


def _select_of_ids(parts: Parts) -> str:
    json, joins = record_json(parts)
    return f"""
        SELECT r.id, {json} AS json, index
        FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS wanted (id, index)
        JOIN records r ON r.dataset_id = :dataset_id AND r.id = wanted.id {joins}
    """  # noqa: S608 - put together from constants


@lru_cache
def _of_page(parts: Parts) -> TextClause:
    json, joins = record_json(parts)
    return text(f"""
        WITH {PAGE}
        SELECT (SELECT string_agg({json}, ',' ORDER BY r.inserted_at, r.id) FROM page r {joins}),
               (SELECT total FROM size)
    """)  # noqa: S608 - as above
