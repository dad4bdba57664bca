"""``/api/v1/records/{id}``: one record."""

import uuid

from sqlalchemy.orm import Session

from diptych.api.auth import Admin, Caller, DbSession
from diptych.api.records.json import read_records
from diptych.api.records.shapes import RecordChanges, RecordOut
from diptych.api.records.view import view_of_all
from diptych.api.wire import JsonText
from diptych.core.edge import Router
from diptych.core.errors import NotFoundError
from diptych.datasets.service import lock_records
from diptych.imports.batch import upsert_records
from diptych.imports.given import GivenRecord
from diptych.models import Dataset, User
from diptych.records import queries
from diptych.records.service import delete_records, keep_suggestions

router = Router(tags=["records"])


@router.get("/records/{record_id}", response_model=RecordOut)
def get_record(session: DbSession, caller: Caller, record_id: uuid.UUID) -> JsonText:
    """Return a record with what belongs to it; annotators see their own response only, and judge blind."""
    record, dataset = queries.get_visible_record(session, caller, record_id)
    return _show(session, dataset, record.id, caller)


@router.patch("/records/{record_id}", response_model=RecordOut)
def change_record(session: DbSession, caller: Admin, record_id: uuid.UUID, body: RecordChanges) -> JsonText:
    """Change a record."""
    record, dataset = queries.get_visible_record(session, caller, record_id)
    lock_records(session, dataset)
    # It may be gone by now, and what has an unknown id would be new.
    record = queries.get_record(session, dataset, record.id)
    if body.suggestions is not None:
        keep_suggestions(session, dataset, record, of=[item.question_id for item in body.suggestions])
    upsert_records(session, dataset, [GivenRecord(id=record_id, **dict(body))], actor=caller)
    return _show(session, dataset, record.id, caller)


@router.delete("/records/{record_id}", response_model=RecordOut)
def delete_record(session: DbSession, caller: Admin, record_id: uuid.UUID) -> JsonText:
    """Delete a record with its answers."""
    record, dataset = queries.get_visible_record(session, caller, record_id)
    deleted = _show(session, dataset, record.id, caller)
    delete_records(session, dataset, [record.id])
    return deleted


def _show(session: Session, dataset: Dataset, record_id: uuid.UUID, caller: User) -> JsonText:
    found = read_records(session, view_of_all(session, dataset, caller), [record_id])
    if not found:
        raise NotFoundError(f"The record with the id {record_id} no longer exists.", record=str(record_id))
    return JsonText(found[0].json)
