"""``/api/v1/datasets/{id}/records/search``, and the same below ``/api/v1/me``."""

from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from diptych.api.auth import Caller, DbSession
from diptych.api.paths import ManagedDataset, SeenDataset
from diptych.api.records.json import read_records
from diptych.api.records.shapes import HitPage
from diptych.api.records.view import Include, View, to_view
from diptych.api.wire import JsonText
from diptych.core.edge import Router
from diptych.records.search import Hits, search_records
from diptych.records.search.grammar import Search
from diptych.records.search.names import load_names

router = Router(tags=["search"])
Offset = Annotated[int, Query(ge=0, lt=2**31)]
Limit = Annotated[int, Query(ge=1, le=1_000)]


@router.post("/datasets/{dataset_id}/records/search", response_model=HitPage)
def search(
    session: DbSession,
    caller: Caller,
    dataset: ManagedDataset,
    body: Search,
    offset: Offset = 0,
    limit: Limit = 50,
    include: Include = (),
) -> JsonText:
    """Search for records by words, similarity, and values of records and of all responses."""
    view = to_view(session, dataset, caller, include)
    names = load_names(session, dataset, caller, only_own=False)
    return _page(session, view, search_records(session, names, body, offset=offset, limit=limit))


@router.post("/me/datasets/{dataset_id}/records/search", response_model=HitPage)
def search_own(
    session: DbSession,
    caller: Caller,
    dataset: SeenDataset,
    body: Search,
    offset: Offset = 0,
    limit: Limit = 50,
    include: Include = (),
) -> JsonText:
    """Search for records; only the caller's own responses are searched and returned."""
    view = to_view(session, dataset, caller, include, only_own=True)
    names = load_names(session, dataset, caller, only_own=True)
    return _page(session, view, search_records(session, names, body, offset=offset, limit=limit))


def _page(session: Session, view: View, hits: Hits) -> JsonText:
    scores = dict(zip(hits.ids, hits.scores, strict=True))
    items = ",".join(
        f'{{"record":{record},"query_score":{"null" if scores[id_] is None else scores[id_]}}}'
        for id_, record in read_records(session, view, hits.ids)
    )
    return JsonText(f'{{"items":[{items}],"total":{hits.total}}}')
