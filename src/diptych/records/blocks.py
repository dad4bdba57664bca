"""The order of records, and finding the start of a page in it.

A transaction that adds records holds the dataset's lock, and gives each record a time later than all before.
Each block counts about five hundred records. Adding up the blocks finds the block of any offset, and only
this block is read up to the record. So a page far into the dataset costs as much as the first.
"""

import uuid
from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from diptych.models import Dataset, Record, RecordBlock

_SIZE = 500

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

_COUNT_WRONG = text("""
WITH blocks AS (SELECT starts_at, records, lead(starts_at) OVER (ORDER BY starts_at) AS ends_at
                FROM record_blocks WHERE dataset_id = :dataset_id)
SELECT (SELECT count(*) FROM blocks b CROSS JOIN LATERAL (
            SELECT count(*) AS found FROM records WHERE dataset_id = :dataset_id
            AND inserted_at >= b.starts_at AND inserted_at < coalesce(b.ends_at, 'infinity') OFFSET 0) counted
        WHERE found <> b.records)
     + CAST(EXISTS (SELECT FROM records WHERE dataset_id = :dataset_id AND inserted_at < coalesce(
            (SELECT min(starts_at) FROM blocks), 'infinity')) AS int)
""")

# Records with the same time stay together; a block starts where the previous one has five hundred.
_REBUILD = text("""
INSERT INTO record_blocks (dataset_id, starts_at, records)
SELECT :dataset_id, min(inserted_at), sum(records)
FROM (SELECT inserted_at, count(*) AS records,
             CAST(sum(count(*)) OVER (ORDER BY inserted_at) - count(*) AS bigint) / :size AS block
      FROM records WHERE dataset_id = :dataset_id GROUP BY inserted_at) moments
GROUP BY block
""")

# The rows of ``page`` are the records from an offset on; the row of ``size`` has the total.
PAGE = """
blocks AS (SELECT starts_at, sum(records) OVER (ORDER BY starts_at) AS until, records
           FROM record_blocks WHERE dataset_id = :dataset_id),
first AS (SELECT starts_at, until - records AS before FROM blocks
          WHERE until > :offset ORDER BY starts_at LIMIT 1),
page AS (SELECT record.* FROM first CROSS JOIN LATERAL (
             SELECT * FROM records WHERE dataset_id = :dataset_id AND inserted_at >= first.starts_at
             ORDER BY inserted_at, id OFFSET :offset - first.before LIMIT :limit) record),
size AS (SELECT CAST(coalesce(max(until), 0) AS bigint) AS total FROM blocks)
"""
_LIST_PAGE = text(f"""
WITH {PAGE}
SELECT ARRAY(SELECT id FROM page ORDER BY inserted_at, id), (SELECT total FROM size)
""")  # noqa: S608 - a constant


def next_moment(session: Session, dataset: Dataset) -> datetime:
    """Return a time later than that of every record; the caller holds ``lock_records``."""
    latest = select(func.max(Record.inserted_at)).where(Record.dataset_id == dataset.id).scalar_subquery()
    after = latest + text("interval '1 microsecond'")
    moment: datetime = session.execute(select(func.greatest(func.clock_timestamp(), after))).scalar_one()
    return moment


def append(session: Session, dataset: Dataset, *, since: datetime) -> None:
    """Count the records added at ``since`` and later, which no block counts yet."""
    session.execute(_APPEND, {"dataset_id": dataset.id, "since": since, "size": _SIZE})


def take_out(session: Session, dataset: Dataset, ids: list[uuid.UUID]) -> None:
    """Subtract records that are about to be deleted."""
    session.execute(_TAKE_OUT, {"dataset_id": dataset.id, "ids": ids})


def count_wrong(session: Session, dataset_id: uuid.UUID) -> int:
    """Return the number of blocks with a wrong count, plus one if there are records outside all blocks."""
    return session.scalar(_COUNT_WRONG, {"dataset_id": dataset_id}) or 0


def rebuild(session: Session, dataset: Dataset) -> None:
    """Recount all records; the caller holds ``lock_records``."""
    session.execute(delete(RecordBlock).where(RecordBlock.dataset_id == dataset.id))
    session.execute(_REBUILD, {"dataset_id": dataset.id, "size": _SIZE})


def list_page(session: Session, dataset: Dataset, *, offset: int, limit: int) -> tuple[list[uuid.UUID], int]:
    """Return the ids of the records from an offset on, in order, and the total number of records."""
    values = {"dataset_id": dataset.id, "offset": offset, "limit": limit}
    ids, total = session.execute(_LIST_PAGE, values).one()
    return ids, total
