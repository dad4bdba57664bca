"""``/api/v1/datasets/{id}/records/bulk``: many records to add or to change, as ``records.log`` sends them."""

from diptych.api.auth import Admin, DbSession
from diptych.api.paths import ManagedDataset
from diptych.api.records.json import read_records
from diptych.api.records.shapes import RecordBatch, UpsertedRecords
from diptych.api.records.view import view_of_all
from diptych.api.wire import JsonText
from diptych.core.edge import Router
from diptych.imports.batch import upsert_records

router = Router(tags=["records"])


@router.put("/datasets/{dataset_id}/records/bulk", response_model=UpsertedRecords)
def upsert_batch(session: DbSession, caller: Admin, dataset: ManagedDataset, body: RecordBatch) -> JsonText:
    """Add the records that are new and change the others, all of them or none."""
    done = upsert_records(session, dataset, body.items, actor=caller)
    found = read_records(session, view_of_all(session, dataset, caller), done.ids)
    records = ",".join(record for _, record in found)
    known = ",".join(f'"{id_}"' for id_ in done.ids if id_ in done.known)
    return JsonText(f'{{"items":[{records}],"updated_item_ids":[{known}]}}')
