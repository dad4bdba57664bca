"""Records."""

import uuid
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from diptych.api.auth import Admin, Caller, DbSession, LateCaller, refuse_annotator
from diptych.api.paths import ManagedDataset
from diptych.api.records.includes import Include, to_view, view_of_all
from diptych.api.records.json import read_list, read_page
from diptych.api.records.shapes import RecordOut, RecordPage, UpsertedRecords
from diptych.core.edge import Router
from diptych.core.errors import InvalidError, NotFoundError
from diptych.datasets.queries import get_visible_dataset_by_id
from diptych.datasets.service import lock_records
from diptych.imports.batch import upsert_records
from diptych.imports.given import GivenRecord, GivenSuggestion
from diptych.models import Dataset, User
from diptych.records import queries
from diptych.records.service import delete_records, keep_suggestions

router = Router(tags=["records"])
batches = Router(tags=["records"])
MAX_RECORDS = 500
_MAX_DELETED = 100


class RecordBatch(BaseModel):
    """Records to add or to change."""

    items: Annotated[list[GivenRecord], Field(min_length=1, max_length=MAX_RECORDS)]


class RecordChanges(BaseModel):
    """What is to be changed: what is null or missing stays as it is, a list of suggestions replaces all."""

    fields: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    vectors: dict[str, Any] | None = None
    suggestions: list[GivenSuggestion] | None = None


@batches.put("/datasets/{dataset_id}/records/bulk", response_model=UpsertedRecords)
def upsert_batch(session: DbSession, caller: Admin, dataset: ManagedDataset, body: RecordBatch) -> Response:
    """Add the records that are new and change the others, all of them or none."""
    done = upsert_records(session, dataset, body.items, actor=caller)
    records = read_list(session, dataset, done.ids, view_of_all(session, dataset, caller))
    known = ",".join(f'"{id_}"' for id_ in done.ids if id_ in done.known)
    return _json(f'{{"items":[{records}],"updated_item_ids":[{known}]}}')


@router.get("/datasets/{dataset_id}/records", response_model=RecordPage)
def list_records(
    deferred: LateCaller,
    dataset_id: uuid.UUID,
    offset: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    include: Include = (),  # type: ignore[assignment]  # a tuple cannot be changed by accident
) -> Response:
    """List records in the order in which they came; any page is as fast as the first."""
    with deferred.reading() as (session, caller):
        dataset = get_visible_dataset_by_id(session, refuse_annotator(caller), dataset_id)
        view = to_view(session, dataset, caller, include)
        records, total = read_page(session, dataset, view, offset=offset, limit=limit)
    return _json(f'{{"items":[{records}],"total":{total}}}')


@router.delete("/datasets/{dataset_id}/records", status_code=204)
def delete_some(session: DbSession, dataset: ManagedDataset, ids: str) -> None:
    """Delete up to 100 records, called by their ids with commas between them."""
    delete_records(session, dataset, _parse_ids(ids))


@router.get("/records/{record_id}", response_model=RecordOut)
def get_record(session: DbSession, caller: Caller, record_id: uuid.UUID) -> Response:
    """Return a record with what belongs to it; annotators see their own response only, and judge blind."""
    record, dataset = queries.get_visible_record(session, caller, record_id)
    return _record(session, dataset, record.id, caller)


@router.patch("/records/{record_id}", response_model=RecordOut)
def change_record(session: DbSession, caller: Admin, record_id: uuid.UUID, body: RecordChanges) -> Response:
    """Change a record."""
    record, dataset = queries.get_visible_record(session, caller, record_id)
    lock_records(session, dataset)
    # It may be gone by now, and what has an unknown id would be new.
    record = queries.get_record(session, dataset, record.id)
    if body.suggestions is not None:
        keep_suggestions(session, dataset, record, of=[item.question_id for item in body.suggestions])
    given = GivenRecord(id=record_id, **{name: getattr(body, name) for name in RecordChanges.model_fields})
    upsert_records(session, dataset, [given], actor=caller)
    return _record(session, dataset, record.id, caller)


@router.delete("/records/{record_id}", response_model=RecordOut)
def delete_record(session: DbSession, caller: Admin, record_id: uuid.UUID) -> Response:
    """Delete a record with its answers."""
    record, dataset = queries.get_visible_record(session, caller, record_id)
    deleted = _record(session, dataset, record.id, caller)
    delete_records(session, dataset, [record.id])
    return deleted


def _record(session: Session, dataset: Dataset, record_id: uuid.UUID, caller: User) -> Response:
    found = read_list(session, dataset, [record_id], view_of_all(session, dataset, caller))
    if not found:
        raise NotFoundError(f"The record with the id {record_id} no longer exists.", record=str(record_id))
    return _json(found)


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _parse_ids(ids: str) -> list[uuid.UUID]:
    parts = ids.split(",")
    if len(parts) > _MAX_DELETED:
        raise InvalidError(f"ids: name at most {_MAX_DELETED} records at once.", field="ids")
    try:
        return [uuid.UUID(part) for part in parts]
    except ValueError:
        raise InvalidError("ids: send the ids of records, separated by commas.", field="ids") from None
