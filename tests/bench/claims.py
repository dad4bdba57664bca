"""Claims of 8 records in datasets of several sizes, by annotators who are new, 95 % done, and done.

The smallest dataset is the limit for the others, and 20 ms is the target for the slowest claims. The file has
the database's query plans. ``python -m tests.bench.claims 10000000`` only measures a dataset of that size,
too; creating it takes half an hour.
"""

import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.assignments.service import claim
from diptych.core.db import Database, raw
from diptych.datasets.service import add_to_totals
from diptych.models import AnnotatorProgress, Dataset, User
from tests import factories
from tests.bench.database import fresh_database
from tests.bench.figure import Figure
from tests.web.statements import recorded

SMALL = 10_000
SIZES = (SMALL, 1_000_000)
BATCH = 8
CLAIMS = 200
_INSERT = """
INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted)
SELECT :dataset_id, gen_random_uuid(), n, '{"images":{"image_1":"a","image_2":"b","prompt":"c"}}', '{}',
       CAST(random() * 4611686018427387904 AS bigint), 2
FROM generate_series(1, :count) n
"""
_ANSWER = """
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status)
SELECT dataset_id, id, :user_id, gen_random_uuid(), '{"preference":{"value":"image_1"}}', 'submitted'
FROM records WHERE dataset_id = :dataset_id ORDER BY position LIMIT :count
"""
_LAST = """
SELECT coalesce(max(position), -1) FROM (
    SELECT position FROM records WHERE dataset_id = :dataset_id ORDER BY position LIMIT :count) answered
"""

GIVE_BACK = text("""
WITH given AS (DELETE FROM assignments WHERE dataset_id = :dataset_id AND user_id = :user_id
               RETURNING record_id)
UPDATE records SET lease_count = 0 FROM given WHERE dataset_id = :dataset_id AND id = record_id
""")
_GO = text("""
UPDATE annotator_progress SET cursor = :cursor, search_start = NULL
WHERE dataset_id = :dataset_id AND user_id = :user_id
""")


@dataclass(frozen=True)
class AnnotatorState:
    """An annotator who has answered some records, and the cursor of their claims."""

    person: User
    cursor: int


def measure(database: Database, sizes: Sequence[int] = SIZES) -> list[Figure]:
    figures = []
    least: dict[str, float] = {}
    for size in sizes:
        dataset, people = _fill(database, size)
        # As in a server, the objects loaded so far are excluded from garbage collection.
        gc.collect()
        gc.freeze()
        for who, annotator in people.items():
            plans = _plans(database, dataset, annotator)
            times = sorted(_claim(database, dataset, annotator) for _ in range(CLAIMS))
            p50, p99 = statistics.median(times), times[int(0.99 * len(times))]
            limit = least.setdefault(who, p50)
            what = f"claim of {BATCH} of {size:,}: {who}"
            figures.append(Figure(f"{what}, p50", p50, "ms", limit, f"of {SMALL:,}", plans))
            figures.append(Figure(f"{what}, p99", p99, "ms", 20, "target"))
    return figures


def _fill(database: Database, size: int) -> tuple[Dataset, dict[str, AnnotatorState]]:
    """Return a dataset whose records all need another answer, and annotators with different progress."""
    with database.transaction() as session:
        dataset = factories.dataset(session, min_submitted=2)
        session.execute(text(_INSERT), {"dataset_id": dataset.id, "count": size})
        add_to_totals(session, dataset.id, records=size)
        nearly = _annotator(session, dataset, int(0.95 * size))
        people = {
            "new": _annotator(session, dataset, 0),
            "95 % done": nearly,
            "95 % done, looks from the start": AnnotatorState(nearly.person, -1),
            "done": _annotator(session, dataset, size),
        }
    with database.alone() as connection:
        connection.execute(text("VACUUM ANALYZE records, responses, assignments"))
    return dataset, people


def _annotator(session: Session, dataset: Dataset, answered: int) -> AnnotatorState:
    person = factories.user(session)
    values = {"dataset_id": dataset.id, "user_id": person.id, "count": answered}
    session.execute(text(_ANSWER), values)
    cursor = session.scalar(text(_LAST), values)
    session.add(AnnotatorProgress(dataset_id=dataset.id, user_id=person.id, submitted=answered))
    return AnnotatorState(person, cursor)


def _plans(database: Database, dataset: Dataset, annotator: AnnotatorState) -> list[str]:
    """Return the query plans of a claim."""
    _go_to(database, dataset, annotator)
    with recorded() as statements, database.transaction() as session:
        claim(session, dataset, annotator.person, limit=BATCH, lease_seconds=600)
        session.rollback()
    plans = []
    for statement, values in [one for one in statements if "FROM records" in one[0]]:
        with database.engine.connect() as connection, raw(connection).cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", values)
            plans.append("\n".join(line for (line,) in cursor))
            connection.rollback()
    return plans


def _claim(database: Database, dataset: Dataset, annotator: AnnotatorState) -> float:
    """Return the duration of a claim from a cursor, in ms; the claim is then released."""
    _go_to(database, dataset, annotator)
    started = time.perf_counter()
    with database.transaction() as session:
        claim(session, dataset, annotator.person, limit=BATCH, lease_seconds=600)
    took = (time.perf_counter() - started) * 1000
    with database.transaction() as session:
        session.execute(GIVE_BACK, {"dataset_id": dataset.id, "user_id": annotator.person.id})
    return took


def _go_to(database: Database, dataset: Dataset, annotator: AnnotatorState) -> None:
    where = {"dataset_id": dataset.id, "user_id": annotator.person.id, "cursor": annotator.cursor}
    with database.transaction() as session:
        session.execute(_GO, where)


def main(*sizes: int) -> None:
    """Measure in a new database."""
    from tests.bench.__main__ import show  # noqa: PLC0415 - which imports this module

    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_database(Path(folder) / "data") as (database, _),
    ):
        show(measure(database, sizes))


if __name__ == "__main__":
    main(SMALL, *map(int, sys.argv[1:]))
