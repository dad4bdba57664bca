"""Finding the next records for a person and leasing them.

The open records are read in an index that holds no others, some at a time from the person's cursor on.
However many of them the person has answered, a search reads a bounded number, and the next one goes on from
there.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from diptych.assignments.leases import Lease
from diptych.assignments.progress import PersonProgress, progress_moved
from diptych.assignments.shown_order import shown_order
from diptych.core.statements import Plan, Query
from diptych.models import Dataset

# Open records that one look takes in, and looks of one search.
SCAN_SIZE = 500
MAX_SCANS = 3
_START = -1

# Answers are looked up among those to a record: the cast keeps the planner from looking among those of the
# person, who may have a million, and the offset from reading all of the dataset for each record. A lease may
# have ended while its answer is on its way: that record is known.
_LEASE = """
WITH seen AS (
    SELECT count(*) AS records, max(position) AS last FROM (
        SELECT position FROM records WHERE dataset_id = %(dataset_id)s AND is_open AND position > %(cursor)s
        ORDER BY position LIMIT %(scan_size)s) ahead),
picked AS (
    SELECT r.id, r.position, {shown_order} AS shown_order FROM records r
    WHERE r.dataset_id = %(dataset_id)s AND r.is_open
      AND r.position > %(cursor)s AND r.position <= (SELECT last FROM seen)
      AND NOT EXISTS (SELECT FROM responses WHERE dataset_id = r.dataset_id AND record_id = r.id
                      AND CAST(user_id AS text) = %(user_text)s OFFSET 0)
      AND NOT EXISTS (SELECT FROM assignments WHERE dataset_id = r.dataset_id AND record_id = r.id
                      AND CAST(user_id AS text) = %(user_text)s OFFSET 0)
      AND r.id <> ALL(%(known)s)
    ORDER BY r.position LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
counted AS (
    UPDATE records SET lease_count = lease_count + 1
    WHERE dataset_id = %(dataset_id)s AND id = ANY(ARRAY(SELECT id FROM picked))),
taken AS (
    INSERT INTO assignments (dataset_id, record_id, user_id, window_id, position, shown_order, expires_at)
    SELECT %(dataset_id)s, id, %(user_id)s, CAST(%(window_id)s AS uuid), position, shown_order,
           now() + make_interval(secs => %(lease_seconds)s)
    FROM picked RETURNING record_id, position, shown_order)
SELECT seen.records, seen.last, taken.* FROM seen LEFT JOIN taken ON true ORDER BY taken.position
"""


@dataclass(frozen=True)
class _Look:
    """How many open records lie ahead as far as one can see, the position of the last, what was leased."""

    seen: int
    last: int
    leases: Sequence[Lease]


class Search:
    """A person's search through the open records of a dataset, around from where it began.

    ``named_images`` is how many images of a record answers can name.
    """

    def __init__(
        self,
        dataset: Dataset,
        named_images: int,
        user_id: uuid.UUID,
        window_id: uuid.UUID | None,
        progress: PersonProgress,
    ) -> None:
        self._dataset = dataset
        self._named = named_images
        self._user_id = user_id
        self._window_id = window_id
        self._cursor = progress.cursor
        self._start = progress.cursor if progress.search_start is None else progress.search_start
        self._is_around = progress.search_start is not None and progress.cursor < progress.search_start

    def take(
        self, limit: int, *, lease_seconds: int, known: Collection[uuid.UUID]
    ) -> Plan[tuple[Sequence[Lease], bool]]:
        """Return up to ``limit`` new leases, and whether the search went all around: there are no more."""
        taken: list[Lease] = []
        is_over = False
        for _ in range(MAX_SCANS):
            (look,) = yield [self._look(limit - len(taken), lease_seconds, known)]
            taken += look.leases
            if len(taken) == limit:
                break
            is_over = self._go_on(look.last if look.seen == SCAN_SIZE else None)
            if is_over:
                break
        yield [self._remembered(taken, is_over=is_over)]
        return taken, is_over

    def _go_on(self, position: int | None) -> bool:
        """Go on behind a position, or from the start; say whether that is where the search began."""
        if position is None:
            if self._is_around or self._start == _START:
                return True
            self._cursor, self._is_around = _START, True
        else:
            self._cursor = position
        return self._is_around and self._cursor >= self._start

    def _remembered(self, taken: Sequence[Lease], *, is_over: bool) -> Query[None]:
        if taken:
            return progress_moved(self._dataset.id, self._user_id, taken[-1].position)
        if is_over:
            return progress_moved(self._dataset.id, self._user_id, self._start)
        return progress_moved(self._dataset.id, self._user_id, self._cursor, self._start)

    def _look(self, limit: int, lease_seconds: int, known: Collection[uuid.UUID]) -> Query[_Look]:
        """Return the query that leases the first records ahead that the person may have."""
        order = shown_order(self._dataset, self._named, record_id="r.id", user_id="%(user_id)s")
        values = {
            "dataset_id": self._dataset.id,
            "user_id": self._user_id,
            "user_text": str(self._user_id),
            "window_id": self._window_id,
            "cursor": self._cursor,
            "scan_size": SCAN_SIZE,
            "known": list(known),
            "limit": limit,
            "lease_seconds": lease_seconds,
        }
        return Query(_LEASE.format(shown_order=order), values, _read_look)


def _read_look(rows: Iterable[Sequence[Any]]) -> _Look:
    found = list(rows)
    seen, last, *_ = found[0]
    return _Look(seen, last, [Lease(*lease) for _, _, *lease in found if lease[0] is not None])
