"""What answers change, on its way into the database: many in a few statements, whoever gave them."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from diptych.assignments.leases import LeaseKey
from diptych.core.db import keyed_rows, new_id
from diptych.core.statements import Query, as_one
from diptych.datasets.service import totals_added
from diptych.models import Response, ResponseStatus
from diptych.responses.stored import LockedRecord, RecordKey, StoredResponse

_WRITE_RESPONSES = """
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status, swapped, duration_ms, late,
                       revision, skip_reason)
SELECT * FROM json_to_recordset(%(rows)s) AS r (
    dataset_id uuid, record_id uuid, user_id uuid, id uuid, "values" json, status text, swapped boolean,
    duration_ms integer, late boolean, revision integer, skip_reason text)
ON CONFLICT (dataset_id, record_id, user_id) DO UPDATE SET "values" = excluded."values",
    status = excluded.status, swapped = excluded.swapped, duration_ms = excluded.duration_ms,
    revision = excluded.revision, skip_reason = excluded.skip_reason, updated_at = now()
"""

_WRITE_EVENTS = """
INSERT INTO response_events (dataset_id, record_id, user_id, id, actor_id, status, "values", swapped,
                             duration_ms)
SELECT * FROM json_to_recordset(%(rows)s) AS e (
    dataset_id uuid, record_id uuid, user_id uuid, event_id uuid, actor_id uuid, event text, "values" json,
    swapped boolean, duration_ms integer)
"""

_RAISE_REVISIONS = """
UPDATE responses r SET revision = n.revision
FROM json_to_recordset(%(rows)s) AS n (dataset_id uuid, record_id uuid, user_id uuid, revision integer)
WHERE r.dataset_id = ANY(%(dataset_ids)s)
  AND r.dataset_id = n.dataset_id AND r.record_id = n.record_id AND r.user_id = n.user_id
"""

_MOVE_RECORDS = """
UPDATE records r SET submitted_count = r.submitted_count + m.submitted,
    lease_count = r.lease_count - m.released,
    updated_at = CASE WHEN m.turned THEN now() ELSE r.updated_at END
FROM json_to_recordset(%(rows)s) AS m (dataset_id uuid, record_id uuid, submitted integer, released integer,
                                    turned boolean)
WHERE r.dataset_id = ANY(%(dataset_ids)s) AND r.dataset_id = m.dataset_id AND r.id = m.record_id
"""

_MOVE_PROGRESS = """
INSERT INTO annotator_progress AS p (dataset_id, user_id, submitted, draft, discarded, looked_ms)
SELECT * FROM json_to_recordset(%(rows)s) AS m (dataset_id uuid, user_id uuid, submitted integer,
                                                   draft integer, discarded integer, looked_ms bigint)
ORDER BY dataset_id, user_id
ON CONFLICT (dataset_id, user_id) DO UPDATE SET submitted = p.submitted + excluded.submitted,
    draft = p.draft + excluded.draft, discarded = p.discarded + excluded.discarded,
    looked_ms = p.looked_ms + excluded.looked_ms, updated_at = now()
"""


class Batch:
    """What answers change, and what follows from that for the counts, until it is written."""

    def __init__(self) -> None:
        self._responses: list[Mapping[str, Any]] = []
        self._revisions: list[Mapping[str, Any]] = []
        self._events: list[Mapping[str, Any]] = []
        self._records: dict[RecordKey, dict[str, int]] = {}
        self._progress: dict[RecordKey, dict[str, int]] = {}
        self._completed: Counter[uuid.UUID] = Counter()

    def put(self, response: StoredResponse) -> None:
        """Store a response, whether it is new or not."""
        self._responses.append(vars(response))

    def raise_revision(self, response: StoredResponse) -> None:
        """Store the revision of a response, and nothing else of it."""
        self._revisions.append(vars(response))

    def release(self, lease: LeaseKey) -> None:
        """Count a lease less on its record."""
        self._moves_of(lease[:2])["released"] += 1

    def note(
        self,
        response: StoredResponse | Response,
        record: LockedRecord,
        *,
        before: ResponseStatus | None,
        after: ResponseStatus | None,
        actor_id: uuid.UUID,
        looked_ms: int = 0,
    ) -> None:
        """Note in the audit trail what became of a response, and count it; without a status there is none."""
        key = (response.dataset_id, response.record_id)
        self._events.append(
            {
                "dataset_id": response.dataset_id,
                "record_id": response.record_id,
                "user_id": response.user_id,
                "event_id": new_id(),
                "actor_id": actor_id,
                "event": after,
                "values": response.values,
                "swapped": response.swapped,
                "duration_ms": response.duration_ms,
            }
        )
        # Also where the status stays: the person was at work.
        progress = self._progress.setdefault(
            (response.dataset_id, response.user_id),
            {"submitted": 0, "draft": 0, "discarded": 0, "looked_ms": 0},
        )
        # The columns are named like the statuses they count.
        if before is not None:
            progress[before.value] -= 1
        if after is not None:
            progress[after.value] += 1
        progress["looked_ms"] += looked_ms
        submitted = (after == ResponseStatus.SUBMITTED) - (before == ResponseStatus.SUBMITTED)
        if not submitted:
            return
        was_completed = record.is_completed
        record.submitted_count += submitted
        moves = self._moves_of(key)
        moves["submitted"] += submitted
        if record.is_completed != was_completed:
            moves["turned"] = 1
            self._completed[response.dataset_id] += record.is_completed - was_completed

    def _moves_of(self, key: RecordKey) -> dict[str, int]:
        return self._records.setdefault(key, {"submitted": 0, "released": 0, "turned": 0})

    def answers(self) -> list[Query[None]]:
        """Return the query that writes the responses and their audit trail, if any; more may follow."""
        queries = [
            _write(statement, rows)
            for statement, rows in (
                (_WRITE_RESPONSES, self._responses),
                (_RAISE_REVISIONS, self._revisions),
                (_WRITE_EVENTS, self._events),
            )
            if rows
        ]
        self._responses, self._revisions, self._events = [], [], []
        return [as_one(queries)] if queries else []

    def counts(self) -> list[Query[None]]:
        """Return the queries that write the counts, at the end of all."""
        records = [{"dataset_id": a, "record_id": b, **moves} for (a, b), moves in self._records.items()]
        progress = [{"dataset_id": a, "user_id": b, **moves} for (a, b), moves in self._progress.items()]
        moved = ((_MOVE_RECORDS, records), (_MOVE_PROGRESS, progress))
        queries = [_write(statement, rows) for statement, rows in moved if rows]
        completed = sorted((dataset_id, more) for dataset_id, more in self._completed.items() if more)
        return queries + [totals_added(dataset_id, completed=more) for dataset_id, more in completed]


def _write(statement: str, rows: Sequence[Mapping[str, Any]]) -> Query[None]:
    return Query(statement, keyed_rows(rows))


def staged_response(user_id: uuid.UUID, status: ResponseStatus, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response that comes with a record as the staging table of an import holds it."""
    return {
        "id": str(new_id()),
        "event_id": str(new_id()),
        "user_id": str(user_id),
        "status": status.value,
        "values": values,
    }
