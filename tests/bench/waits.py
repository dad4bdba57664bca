"""What annotators notice while records are locked, and while another dataset is imported into or deleted.

``python -m tests.bench.waits 100000`` measures with that many records in the other dataset.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
from sqlalchemy import select, text

from diptych.core.db import Database
from diptych.models import Dataset, Record, Role
from diptych.users.sessions import start_session
from tests import factories
from tests.bench.__main__ import show
from tests.bench.database import fresh_database
from tests.bench.figure import Figure
from tests.browser.processes import serving
from tests.chaos.annotators import Annotator, answering, find_lost, hire, p99
from tests.chaos.imports import import_pairs

QUIET, HELD = 8, 15
PEOPLE, RECORDS = 10, 600
SEED = 20_261


def measure(database: Database, address: str, folder: Path, rows: int) -> Iterator[Figure]:
    with database.transaction() as session:
        near, far = factories.dataset(session), factories.dataset(session)
        token = start_session(session, factories.user(session, role=Role.OWNER), days=1)
    import_pairs(database, far, folder, "before", rows)
    with database.alone() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    with serving(address, folder) as process:
        run = _Run(database, process.address, near)

        def change() -> None:
            import_pairs(database, far, folder, "after", rows)

        def delete() -> None:
            address = f"{process.address}/api/v1/datasets/{far.id}"
            httpx.delete(address, cookies={"diptych_session": token}, timeout=600).raise_for_status()

        held = _who_answer(database, near, hire(database, near, people=1, records=1)[0].records)
        yield from run.during("a held record", lambda: _hold(database, held[0].records[0]), held)
        with database.reading() as session:
            ids = session.scalars(select(Record.id).where(Record.dataset_id == far.id).limit(1_000)).all()
        for what, work in (
            (f"import of {rows:,} changed rows", change),
            (f"deletion of {rows:,} records", delete),
        ):
            yield from run.during(what, work, _who_answer(database, far, ids))


def _who_answer(database: Database, dataset: Dataset, ids: list) -> list[Annotator]:
    return [replace(one, records=ids) for one in hire(database, dataset, people=3, records=1)]


def _hold(database: Database, record_id: object) -> None:
    with database.transaction() as session:
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        session.execute(select(Record.id).where(Record.id == record_id).with_for_update())
        time.sleep(HELD)


class _Run:
    """Annotators of a dataset, and others who work on the locked records."""

    def __init__(self, database: Database, address: str, dataset: Dataset) -> None:
        self._database, self._address, self._dataset = database, address, dataset

    def during(self, what: str, work: Callable[[], None], beside: list[Annotator]) -> Iterator[Figure]:
        others = hire(self._database, self._dataset, people=PEOPLE, records=RECORDS)
        with answering(self._address, [*others, *beside], seed=SEED) as journal:
            time.sleep(QUIET)
            begins = time.perf_counter()
            work()
            ends = time.perf_counter()
        quiet, during = journal.of(others, ends=begins), journal.of(others, begins=begins, ends=ends)
        mine = journal.of(beside, begins=begins, ends=ends)
        gone = find_lost(self._database, journal) & {(r, one.user_id) for one in others for r in one.records}
        assert not gone, gone
        yield Figure(f"others' answers, {what}: p99", 1000 * p99(during), "ms", 1000 * p99(quiet), "quiet")
        yield Figure(f"others' answers, {what}: longest", 1000 * max(one.seconds for one in during), "ms")
        yield Figure(f"their own, {what}: longest", max(one.seconds for one in mine), "s")


def main(rows: int) -> None:
    """Measure in a new database."""
    os.environ.pop("DIPTYCH_DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with fresh_database(folder / "data") as (database, address):
            show(list(measure(database, address, folder, rows)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
