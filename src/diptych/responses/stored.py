"""Records and answers as they are stored, for those who are about to change them.

Many are asked for at once, as JSON in one parameter, and locked in the order of their keys: two who lock
several never wait for each other in a circle.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.core.db import keyed_rows
from diptych.models import ResponseStatus

RecordKey = tuple[uuid.UUID, uuid.UUID]
ResponseKey = tuple[uuid.UUID, uuid.UUID, uuid.UUID]

_LOCK_RECORDS = text("""
SELECT k.dataset_id, k.record_id, r.fields, r.submitted_count, r.min_submitted, now() AS now
FROM json_to_recordset(:rows) AS k (dataset_id uuid, record_id uuid)
CROSS JOIN LATERAL (SELECT * FROM records WHERE dataset_id = ANY(:dataset_ids) AND dataset_id = k.dataset_id
                    AND id = k.record_id FOR NO KEY UPDATE) r
""")

# The lock on the record keeps others from changing them.
_FIND_STORED = text("""
SELECT r.dataset_id, r.record_id, r.user_id, r.id, r."values", r.status, r.swapped, r.duration_ms, r.late,
       r.revision, r.skip_reason, r.inserted_at, r.updated_at
FROM json_to_recordset(:rows) AS k (dataset_id uuid, record_id uuid, user_id uuid)
CROSS JOIN LATERAL (SELECT * FROM responses WHERE dataset_id = ANY(:dataset_ids) AND dataset_id = k.dataset_id
                    AND record_id = k.record_id AND user_id = k.user_id OFFSET 0) r
""")


@dataclass
class LockedRecord:
    """A record that nobody else changes for now; ``now`` is the moment of the transaction."""

    fields: Mapping[str, Any]
    submitted_count: int
    min_submitted: int
    now: datetime

    @property
    def is_completed(self) -> bool:
        """Whether the record has the answers it needs."""
        return self.submitted_count >= self.min_submitted


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A row of ``responses``."""

    dataset_id: uuid.UUID
    record_id: uuid.UUID
    user_id: uuid.UUID
    id: uuid.UUID
    values: Mapping[str, Any]
    status: ResponseStatus
    swapped: bool | None
    duration_ms: int | None
    late: bool
    revision: int
    skip_reason: str | None
    inserted_at: datetime
    updated_at: datetime


def lock_records(session: Session, keys: Collection[RecordKey]) -> dict[RecordKey, LockedRecord]:
    """Return the records that exist, and keep others from changing them."""
    rows = [{"dataset_id": dataset_id, "record_id": record_id} for dataset_id, record_id in sorted(keys)]
    found = session.execute(_LOCK_RECORDS, keyed_rows(rows))
    return {(dataset_id, record_id): LockedRecord(*rest) for dataset_id, record_id, *rest in found}


def find_stored(session: Session, keys: Collection[ResponseKey]) -> dict[ResponseKey, Stored]:
    """Return the responses that there are; their records have to be locked."""
    rows = [dict(zip(("dataset_id", "record_id", "user_id"), key, strict=True)) for key in keys]
    found = session.execute(_FIND_STORED, keyed_rows(rows)).mappings()
    stored = [Stored(**{**row, "status": ResponseStatus(row["status"])}) for row in found]
    return {(one.dataset_id, one.record_id, one.user_id): one for one in stored}
