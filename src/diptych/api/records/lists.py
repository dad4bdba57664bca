"""``/api/v1/datasets/{id}/records``: the records of a dataset."""

import uuid
from typing import Annotated

from fastapi import Query

from diptych.api.auth import DbSession, LateCaller, refuse_annotator
from diptych.api.paths import ManagedDataset
from diptych.api.records.json import read_page
from diptych.api.records.shapes import RecordPage
from diptych.api.records.view import Include, to_view
from diptych.api.wire import JsonText
from diptych.core.edge import Router
from diptych.core.errors import InvalidError
from diptych.datasets.queries import get_visible_dataset_by_id
from diptych.records.service import delete_records

router = Router(tags=["records"])
_MAX_DELETED = 100


@router.get("/datasets/{dataset_id}/records", response_model=RecordPage)
def list_records(
    deferred: LateCaller,
    dataset_id: uuid.UUID,
    offset: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    include: Include = (),
) -> JsonText:
    """List records in the order in which they came; any page is as fast as the first."""
    with deferred.reading() as (session, caller):
        dataset = get_visible_dataset_by_id(session, refuse_annotator(caller), dataset_id)
        view = to_view(session, dataset, caller, include)
        records, total = read_page(session, view, offset=offset, limit=limit)
    return JsonText(f'{{"items":[{records}],"total":{total}}}')


@router.delete("/datasets/{dataset_id}/records", status_code=204)
def delete_some(session: DbSession, dataset: ManagedDataset, ids: str) -> None:
    """Delete up to 100 records, called by their ids with commas between them."""
    delete_records(session, dataset, _parse_ids(ids))


def _parse_ids(ids: str) -> list[uuid.UUID]:
    parts = ids.split(",")
    if len(parts) > _MAX_DELETED:
        raise InvalidError(f"ids: name at most {_MAX_DELETED} records at once.", field="ids")
    try:
        return [uuid.UUID(part) for part in parts]
    except ValueError:
        raise InvalidError("ids: send the ids of records, separated by commas.", field="ids") from None
