"""Records and responses as they are stored, for those who are about to change them.

Many are read at once, by keys that go over as JSON in one parameter. Records are locked in the order of their
keys, so that two transactions which lock several never wait for each other in a circle.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from diptych.core.db import keyed_rows
from diptych.core.statements import Query
from diptych.models import ResponseStatus

RecordKey = tuple[uuid.UUID, uuid.UUID]
ResponseKey = tuple[uuid.UUID, uuid.UUID, uuid.UUID]

# The columns of ``responses`` and their types; ``StoredResponse`` has an attribute for each.
RESPONSE_COLUMNS = {
    "dataset_id": "uuid",
    "record_id": "uuid",
    "user_id": "uuid",
    "id": "uuid",
    "values": "json",
    "status": "text",
    "shown_order": "smallint[]",
    "duration_ms": "integer",
    "is_late": "boolean",
    "revision": "integer",
    "skip_reason": "text",
    "inserted_at": "timestamptz",
    "updated_at": "timestamptz",
}

_KEYS = "json_to_recordset(%(rows)s) AS k (dataset_id uuid, record_id uuid)"
_LOCK_RECORDS = f"""
SELECT k.dataset_id, k.record_id, r.fields, now() AS now
FROM {_KEYS}
CROSS JOIN LATERAL (SELECT fields FROM records WHERE dataset_id = ANY(%(dataset_ids)s)
                    AND dataset_id = k.dataset_id AND id = k.record_id FOR NO KEY UPDATE) r
"""  # noqa: S608 - a constant
_LOCK_FREE_RECORDS = _LOCK_RECORDS.replace("NO KEY UPDATE", "NO KEY UPDATE SKIP LOCKED")
_FIND_RECORDS = f"""
SELECT k.dataset_id, k.record_id FROM {_KEYS}
WHERE EXISTS (SELECT FROM records WHERE dataset_id = ANY(%(dataset_ids)s)
              AND dataset_id = k.dataset_id AND id = k.record_id)
"""  # noqa: S608 - a constant

# The lock on the record keeps others from changing them. They are looked up by their records: the cast keeps
# the planner from reading all those of a person, who may have a million.
_FIND_STORED = f"""
SELECT {", ".join(f'r."{column}"' for column in RESPONSE_COLUMNS)}
FROM json_to_recordset(%(rows)s) AS k (dataset_id uuid, record_id uuid, user_id uuid)
CROSS JOIN LATERAL (SELECT * FROM responses WHERE dataset_id = ANY(%(dataset_ids)s)
                    AND dataset_id = k.dataset_id AND record_id = k.record_id
                      AND CAST(user_id AS text) = CAST(k.user_id AS text) OFFSET 0) r
"""  # noqa: S608 - a constant

_FIND_EVENTS = """
SELECT "values" FROM response_events
WHERE dataset_id = %(dataset_id)s AND record_id = %(record_id)s AND user_id = %(user_id)s
  AND status = %(status)s AND duration_ms IS NOT DISTINCT FROM %(duration_ms)s
"""


@dataclass(frozen=True)
class LockedRecord:
    """A record that this transaction has locked; ``now`` is the moment of the transaction."""

    fields: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class StoredResponse:
    """A row of ``responses``."""

    dataset_id: uuid.UUID
    record_id: uuid.UUID
    user_id: uuid.UUID
    id: uuid.UUID
    values: Mapping[str, Any]
    status: ResponseStatus
    shown_order: Sequence[int] | None
    duration_ms: int | None
    is_late: bool
    revision: int
    skip_reason: str | None
    inserted_at: datetime
    updated_at: datetime

    @property
    def key(self) -> ResponseKey:
        """The key of the row."""
        return (self.dataset_id, self.record_id, self.user_id)


def records_locked(
    keys: Collection[RecordKey], *, waits: bool = True
) -> Query[dict[RecordKey, LockedRecord]]:
    """Return the query for the records that exist, which keeps others from changing them.

    Without ``waits``, those that another transaction has locked are left out.
    """
    return Query(_LOCK_RECORDS if waits else _LOCK_FREE_RECORDS, _rows_of(keys), _read_records)


def records_existing(keys: Collection[RecordKey]) -> Query[set[RecordKey]]:
    """Return the query for which records exist, locked or not."""
    return Query(_FIND_RECORDS, _rows_of(keys), set)


def responses_stored(keys: Collection[ResponseKey]) -> Query[dict[ResponseKey, StoredResponse]]:
    """Return the query for the responses that there are; their records have to be locked."""
    rows = [dict(zip(("dataset_id", "record_id", "user_id"), key, strict=True)) for key in keys]
    return Query(_FIND_STORED, keyed_rows(rows), _read_responses)


def values_before(
    key: ResponseKey, status: ResponseStatus, duration_ms: int | None
) -> Query[list[Mapping[str, Any]]]:
    """Return the query for what a person has answered on a record with this status, after looking so long."""
    dataset_id, record_id, user_id = key
    values = {
        "dataset_id": dataset_id,
        "record_id": record_id,
        "user_id": user_id,
        "status": status.value,
        "duration_ms": duration_ms,
    }
    return Query(_FIND_EVENTS, values, lambda rows: [values for (values,) in rows])


def _rows_of(keys: Collection[RecordKey]) -> dict[str, Any]:
    return keyed_rows(
        [{"dataset_id": dataset_id, "record_id": record_id} for dataset_id, record_id in sorted(keys)]
    )


def _read_records(rows: Iterable[Sequence[Any]]) -> dict[RecordKey, LockedRecord]:
    return {(dataset_id, record_id): LockedRecord(*rest) for dataset_id, record_id, *rest in rows}


def _read_responses(rows: Iterable[Sequence[Any]]) -> dict[ResponseKey, StoredResponse]:
    return {one.key: one for one in map(_read_response, rows)}


def _read_response(row: Sequence[Any]) -> StoredResponse:
    values = dict(zip(RESPONSE_COLUMNS, row, strict=True))
    return StoredResponse(**{**values, "status": ResponseStatus(values["status"])})
