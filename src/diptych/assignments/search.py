"""Finding the next records for a person and leasing them.

The open records are read in an index that holds no others, some at a time from the person's cursor on.
However many of them the person has answered, a search reads a bounded number, and the next one goes on from
there.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Exists,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from diptych.assignments.sides import swapped
from diptych.core import clock
from diptych.models import AnnotatorProgress, Assignment, Dataset, Record, Response, User

# Open records that one look takes in, and looks of one search.
SIGHT = 500
MOST_LOOKS = 5
_START = -1

_LOOK = text("""
SELECT count(*), max(position) FROM (
    SELECT position FROM records WHERE dataset_id = :dataset_id AND open AND position > :cursor
    ORDER BY position LIMIT :sight) seen
""")


class Search:
    """A person's search through the open records of a dataset, around from where it began."""

    def __init__(self, session: Session, dataset: Dataset, user: User, progress: AnnotatorProgress) -> None:
        self._session = session
        self._dataset = dataset
        self._user = user
        self._progress = progress
        self._cursor = progress.cursor
        self._start = progress.cursor if progress.search_start is None else progress.search_start
        self._is_around = progress.search_start is not None and progress.cursor < progress.search_start

    def take(
        self, limit: int, *, lease_seconds: int, known: Collection[uuid.UUID]
    ) -> tuple[Sequence[Assignment], bool]:
        """Return up to ``limit`` new leases, and whether the search went all around: there are no more."""
        taken: list[Assignment] = []
        is_over = False
        for _ in range(MOST_LOOKS):
            seen, last = self._session.execute(
                _LOOK, {"dataset_id": self._dataset.id, "cursor": self._cursor, "sight": SIGHT}
            ).one()
            if seen:
                taken += self._lease(last, limit - len(taken), lease_seconds, known)
            if len(taken) == limit:
                break
            is_over = self._go_on(last if seen == SIGHT else None)
            if is_over:
                break
        self._remember(taken, is_over=is_over)
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

    def _remember(self, taken: Sequence[Assignment], *, is_over: bool) -> None:
        progress = self._progress
        if taken:
            progress.cursor, progress.search_start = taken[-1].position, None
        elif is_over:
            progress.cursor, progress.search_start = self._start, None
        else:
            progress.cursor, progress.search_start = self._cursor, self._start
        self._session.flush()

    def _lease(
        self, last: int, limit: int, lease_seconds: int, known: Collection[uuid.UUID]
    ) -> list[Assignment]:
        """Lease the first records between the cursor and the position ``last`` that the person may have."""
        dataset, user = self._dataset, self._user

        def mine(table: type[Response | Assignment]) -> Exists:
            # Looked up record by record, which OFFSET 0 enforces, and among those to the record: the cast
            # keeps the planner from looking among those of the person, who may have a million.
            found: Select[Any] = select(literal_column("1")).where(
                table.dataset_id == Record.dataset_id,
                table.record_id == Record.id,
                cast(table.user_id, Text) == str(user.id),
            )
            return found.offset(literal_column("0")).correlate(Record).exists()

        picked = (
            select(Record.id, Record.position, swapped(dataset, Record.id, user.id).label("swapped"))
            .where(
                Record.dataset_id == dataset.id,
                Record.open,
                Record.position > self._cursor,
                Record.position <= last,
                ~mine(Response),
                ~mine(Assignment),
                # A lease may have ended while its answer was on its way.
                Record.id != func.all(literal(list(known), ARRAY(Uuid))),
            )
            .order_by(Record.position)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("picked")
        )
        counted = (
            update(Record)
            .where(Record.dataset_id == dataset.id, Record.id == picked.c.id)
            .values(lease_count=Record.lease_count + 1)
            .returning(Record.id)
            .cte("counted")
        )
        leases = select(
            bindparam("dataset_id", dataset.id, Assignment.dataset_id.type),
            picked.c.id,
            bindparam("user_id", user.id, Assignment.user_id.type),
            picked.c.position,
            picked.c.swapped,
            clock.now() + timedelta(seconds=lease_seconds),
        )
        columns = ["dataset_id", "record_id", "user_id", "position", "swapped", "expires_at"]
        taken = self._session.scalars(
            insert(Assignment).from_select(columns, leases).add_cte(counted).returning(Assignment)
        )
        return sorted(taken, key=lambda assignment: assignment.position)
