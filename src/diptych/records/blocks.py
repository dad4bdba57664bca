"""The order of records, and where in it a page begins.

Records of a dataset come one after another: whoever adds some holds the dataset's lock, and gives each a
moment later than every moment before. Blocks count about a thousand records each, so that the record at any
offset is found by adding up the blocks before it and reading on in the last one; a page far in costs as
much as the first.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from diptych.models import Dataset, Record, RecordBlock

_SIZE = 1_000

_APPEND = text("""
WITH latest AS (SELECT starts_at, records FROM record_blocks WHERE dataset_id = :dataset_id
                ORDER BY starts_at DESC LIMIT 1),
added AS (SELECT inserted_at, (coalesce((SELECT records FROM latest), :size) - 1
                               + row_number() OVER (ORDER BY inserted_at, id)) / :size AS step
          FROM records WHERE dataset_id = :dataset_id AND inserted_at >= :since)
INSERT INTO record_blocks (dataset_id, starts_at, records)
SELECT :dataset_id, CASE WHEN step = 0 THEN (SELECT starts_at FROM latest) ELSE min(inserted_at) END, count(*)
FROM added GROUP BY step
ON CONFLICT (dataset_id, starts_at) DO UPDATE SET records = record_blocks.records + excluded.records
""")

_TAKE_OUT = text("""
UPDATE record_blocks b SET records = b.records - gone.records
FROM (SELECT (SELECT max(starts_at) FROM record_blocks
              WHERE dataset_id = :dataset_id AND starts_at <= r.inserted_at) AS starts_at, count(*) AS records
      FROM records r WHERE r.dataset_id = :dataset_id AND r.id = ANY(:ids) GROUP BY 1) gone
WHERE b.dataset_id = :dataset_id AND b.starts_at = gone.starts_at
""")


@dataclass(frozen=True)
class Place:
    """Where the record at an offset is: ``skip`` records after ``since``, or nowhere if ``since`` is None."""

    total: int
    since: datetime | None = None
    skip: int = 0


def next_moment(session: Session, dataset: Dataset) -> datetime:
    """Return a moment later than that of every record; the caller holds ``lock_records``."""
    latest = select(func.max(Record.inserted_at)).where(Record.dataset_id == dataset.id).scalar_subquery()
    after = latest + text("interval '1 microsecond'")
    moment: datetime = session.execute(select(func.greatest(func.clock_timestamp(), after))).scalar_one()
    return moment


def append(session: Session, dataset: Dataset, *, since: datetime) -> None:
    """Count the records that were added at ``since`` and later, which no block counts yet."""
    session.execute(_APPEND, {"dataset_id": dataset.id, "since": since, "size": _SIZE})


def take_out(session: Session, dataset: Dataset, ids: list[uuid.UUID]) -> None:
    """Stop counting records that are about to be deleted."""
    session.execute(_TAKE_OUT, {"dataset_id": dataset.id, "ids": ids})


def find_place(session: Session, dataset: Dataset, offset: int) -> Place:
    """Return where in the dataset the record at an offset is, and how many records there are."""
    running = func.sum(RecordBlock.records).over(order_by=RecordBlock.starts_at)
    blocks = (
        select(
            RecordBlock.starts_at,
            (running - RecordBlock.records).label("before"),
            running.label("until"),
            func.sum(RecordBlock.records).over().label("total"),
        )
        .where(RecordBlock.dataset_id == dataset.id)
        .subquery()
    )
    # The block that holds the offset; without one the last, for the total.
    holds_it = blocks.c.until > offset
    statement = select(blocks, holds_it.label("holds_it")).order_by(holds_it.desc(), blocks.c.starts_at)
    block = session.execute(statement.limit(1)).one_or_none()
    if block is None:
        return Place(total=0)
    if not block.holds_it:
        return Place(total=int(block.total))
    return Place(total=int(block.total), since=block.starts_at, skip=offset - int(block.before))
