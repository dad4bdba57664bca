"""Searches for records."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import Response

from diptych.api.auth import AppDatabase, Caller, DbSession
from diptych.api.paths import ManagedDataset, SeenDataset
from diptych.api.records.includes import Include, to_view
from diptych.api.records.json import View, read_records
from diptych.api.records.shapes import RecordOut
from diptych.core.edge import Router
from diptych.models import Dataset
from diptych.records.search import Hits, search_records
from diptych.records.search.grammar import Search
from diptych.records.search.names import load_names

router = Router(tags=["search"])
Offset = Annotated[int, Query(ge=0, lt=2**31)]
Limit = Annotated[int, Query(ge=1, le=1_000)]


class Hit(BaseModel):
    """A matching record, and how well it matches."""

    record: RecordOut
    query_score: float | None


class HitPage(BaseModel):
    """A page of matching records, and the total number of matches."""

    items: list[Hit]
    total: int


@router.post("/datasets/{dataset_id}/records/search", response_model=HitPage)
def search(
    session: DbSession,
    database: AppDatabase,
    caller: Caller,
    dataset: ManagedDataset,
    body: Search,
    offset: Offset = 0,
    limit: Limit = 50,
    include: Include = (),  # type: ignore[assignment]  # a tuple cannot be changed by accident
) -> Response:
    """Search for records by words, similarity, and values of records and of all responses."""
    view = to_view(session, dataset, caller, include)
    names = load_names(session, dataset, caller, only_own=False)
    hits = search_records(session, database, names, body, offset=offset, limit=limit)
    return _page(session, dataset, hits, view)


@router.post("/me/datasets/{dataset_id}/records/search", response_model=HitPage)
def search_own(
    session: DbSession,
    database: AppDatabase,
    caller: Caller,
    dataset: SeenDataset,
    body: Search,
    offset: Offset = 0,
    limit: Limit = 50,
    include: Include = (),  # type: ignore[assignment]  # as above
) -> Response:
    """Search for records; only the caller's own responses are searched and returned."""
    view = to_view(session, dataset, caller, include, only_own=True)
    names = load_names(session, dataset, caller, only_own=True)
    hits = search_records(session, database, names, body, offset=offset, limit=limit)
    return _page(session, dataset, hits, view)


def _page(session: Session, dataset: Dataset, hits: Hits, view: View) -> Response:
    scores = dict(zip(hits.ids, hits.scores, strict=True))
    items = ",".join(
        f'{{"record":{record},"query_score":{"null" if scores[id_] is None else scores[id_]}}}'
        for id_, record in read_records(session, dataset, hits.ids, view)
    )
    return Response(f'{{"items":[{items}],"total":{hits.total}}}', media_type="application/json")
