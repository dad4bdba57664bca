"""Leases as they are stored: which annotator has which record, until when."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from diptych.core.db import keyed_rows
from diptych.core.statements import Query

# Ended leases that are deleted at a time.
SWEEP = 200

LeaseKey = tuple[uuid.UUID, uuid.UUID, uuid.UUID]

# A lease that an answer is just ending is not waited for: the answer may wait for this person's progress.
_RENEW = """
WITH mine AS (SELECT record_id, window_id FROM assignments
              WHERE dataset_id = %(dataset_id)s AND user_id = %(user_id)s FOR UPDATE SKIP LOCKED),
renewed AS (
    UPDATE assignments a SET expires_at = now() + make_interval(secs => %(lease_seconds)s),
        window_id = CAST(%(window_id)s AS uuid)
    FROM mine WHERE a.dataset_id = %(dataset_id)s AND a.user_id = %(user_id)s AND a.record_id = mine.record_id
      AND (mine.window_id IS NULL OR mine.window_id = ANY(%(window_ids)s))
    RETURNING a.record_id, a.position, a.shown_order, a.inserted_at)
SELECT held.count, renewed.* FROM (SELECT count(*) AS count FROM mine) held LEFT JOIN renewed ON true
"""

_RELEASE = """
WITH mine AS (SELECT record_id FROM assignments WHERE dataset_id = %(dataset_id)s AND user_id = %(user_id)s
              AND window_id = %(window_id)s FOR UPDATE SKIP LOCKED)
UPDATE assignments a SET window_id = NULL
FROM mine WHERE a.dataset_id = %(dataset_id)s AND a.user_id = %(user_id)s AND a.record_id = mine.record_id
"""

# Rows that another transaction has locked are left for the next time.
_FIND_ENDED = """
SELECT a.dataset_id, a.record_id, a.user_id
FROM assignments a JOIN records r ON r.dataset_id = a.dataset_id AND r.id = a.record_id
WHERE a.dataset_id = %(dataset_id)s AND a.expires_at <= now()
ORDER BY a.expires_at LIMIT %(limit)s FOR UPDATE OF a, r SKIP LOCKED
"""

_DELETE = """
DELETE FROM assignments a
USING json_to_recordset(%(rows)s) AS k (dataset_id uuid, record_id uuid, user_id uuid)
WHERE a.dataset_id = ANY(%(dataset_ids)s)
  AND a.dataset_id = k.dataset_id AND a.record_id = k.record_id AND a.user_id = k.user_id
RETURNING a.dataset_id, a.record_id, a.user_id
"""

_LOWER_COUNTS = """
UPDATE records r SET lease_count = r.lease_count - k.leases
FROM json_to_recordset(%(rows)s) AS k (dataset_id uuid, record_id uuid, leases integer)
WHERE r.dataset_id = ANY(%(dataset_ids)s) AND r.dataset_id = k.dataset_id AND r.id = k.record_id
"""

_NEXT_END = """
SELECT extract(epoch FROM min(a.expires_at) - now()) FROM assignments a
WHERE a.dataset_id = %(dataset_id)s AND a.user_id <> %(user_id)s AND NOT EXISTS (
    SELECT FROM responses WHERE dataset_id = a.dataset_id AND record_id = a.record_id
                            AND user_id = %(user_id)s)
"""


@dataclass(frozen=True)
class Lease:
    """A record that a person may answer, with the number of the image in each of their slots.

    Without a ``shown_order``, the images stand as in the record.
    """

    record_id: uuid.UUID
    position: int
    shown_order: Sequence[int] | None


@dataclass(frozen=True)
class Window:
    """Which of a person's windows claims; ``id`` is None for a form, which knows of no window.

    ``former`` are windows that are gone: their leases are this one's from now on, as are those of forms.
    """

    id: uuid.UUID | None = None
    former: Collection[uuid.UUID] = ()


@dataclass(frozen=True)
class HeldLeases:
    """The leases of one window of a person, the oldest first, and how many the person has in all."""

    leases: Sequence[Lease]
    in_all_windows: int


def leases_renewed(
    dataset_id: uuid.UUID, user_id: uuid.UUID, window: Window, lease_seconds: int
) -> Query[HeldLeases]:
    """Return the query that renews the leases of a person's window, for those that it holds then."""
    values = {
        "dataset_id": dataset_id,
        "user_id": user_id,
        "window_id": window.id,
        "window_ids": [*window.former, *([window.id] if window.id else [])],
        "lease_seconds": lease_seconds,
    }
    return Query(_RENEW, values, _read_renewed)


def window_released(dataset_id: uuid.UUID, user_id: uuid.UUID, window_id: uuid.UUID) -> Query[None]:
    """Return the query that lets any window of the person have the leases of one that is left."""
    return Query(_RELEASE, {"dataset_id": dataset_id, "user_id": user_id, "window_id": window_id})


def leases_overdue(dataset_id: uuid.UUID) -> Query[Sequence[LeaseKey]]:
    """Return the query that finds and locks some leases whose time is over, and their records."""
    values = {"dataset_id": dataset_id, "limit": SWEEP}
    return Query(_FIND_ENDED, values, lambda rows: [tuple(row) for row in rows])


def leases_ended(leases: Collection[LeaseKey]) -> Query[set[LeaseKey]]:
    """Return the query that ends leases, for those that there were.

    The caller has locked the records and lowers their counts. A lease is known by its dataset, its record
    and its person.
    """
    rows = [dict(zip(("dataset_id", "record_id", "user_id"), lease, strict=True)) for lease in leases]
    return Query(_DELETE, keyed_rows(rows), set)


def counts_lowered(leases: Collection[LeaseKey]) -> Query[None]:
    """Return the query that counts leases no longer on their records."""
    counts = Counter((dataset_id, record_id) for dataset_id, record_id, _ in leases)
    rows = [{"dataset_id": a, "record_id": b, "leases": leases} for (a, b), leases in counts.items()]
    return Query(_LOWER_COUNTS, keyed_rows(rows))


def next_end(dataset_id: uuid.UUID, user_id: uuid.UUID) -> Query[float | None]:
    """Return the query for the seconds until the first lease of others ends that this person could have."""
    return Query(_NEXT_END, {"dataset_id": dataset_id, "user_id": user_id}, lambda rows: next(iter(rows))[0])


def _read_renewed(rows: Iterable[Sequence[Any]]) -> HeldLeases:
    found = list(rows)
    held = [(inserted_at, Lease(*lease)) for _, *lease, inserted_at in found if lease[0] is not None]
    leases = [lease for _, lease in sorted(held, key=lambda one: (one[0], one[1].position))]
    return HeldLeases(leases, found[0][0])
