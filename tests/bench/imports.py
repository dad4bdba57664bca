"""Imports: the command and the page against a bare COPY of the same rows, and their effect on annotators.

``python -m tests.bench.imports 1000000`` only measures imports, with that many rows.
"""

import asyncio
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from sqlalchemy import select, text

from diptych.core.db import Database, compact_json, raw
from diptych.models import Dataset, Import, Job, JobStatus, Role
from diptych.records.identity import record_ids
from diptych.users.sessions import start_session
from tests import factories
from tests.bench.crowd import Crowd, Load, fill
from tests.bench.database import fresh_database
from tests.bench.figure import Figure
from tests.bench.processes import family, resident, serving

ROWS, FEW = 100_000, 10
PROMPT = "a red house on a green hill with a brown dog in front of it, at sunset, number"
# Annotators who answer every two seconds, each at different moments, and the seconds before the import.
PAUSE, SECONDS, MAX_SECONDS, RECORDS = 2.0, 20, 120, 20_000
MEMORY_MB = 150
COMMAND = str(Path(sys.executable).parent / "diptych")
_BLOCK = 65_536
_LOOK_EVERY = 0.02


@dataclass(frozen=True)
class Run:
    """The duration of a process in seconds, and its peak memory in MB."""

    seconds: float
    memory: float


def measure(database: Database, address: str, folder: Path, rows: int = ROWS) -> list[Figure]:
    few, many = _write_csv(folder / "few.csv", FEW), _write_csv(folder / "many.csv", rows)
    # The limit is measured before and after, because the speed of a machine changes within minutes.
    before = _copy_in(database, folder / "many.copy", rows)
    small, large = (_import_by_command(database, address, path) for path in (few, many))
    bare = 2 * rows / (before + _copy_in(database, folder / "many.copy", rows))
    page = dict(_measure_page(database, address, folder, few, many))
    what, limit = f"import of {rows:,} CSV rows", (bare, "bare COPY in")
    return [
        Figure(f"{what}, command", rows / large.seconds, "rows/s", *limit),
        Figure(
            f"{what}, command: growth of memory", large.memory - small.memory, "MB", MEMORY_MB, "promised"
        ),
        Figure(f"{what}, page: upload and check", rows / page["check"].seconds, "rows/s", *limit),
        Figure(f"{what}, page", rows / page["many"].seconds, "rows/s", *limit),
        Figure(
            f"{what}, page: growth of memory",
            page["many"].memory - page["few"].memory,
            "MB",
            MEMORY_MB,
            "promised",
        ),
        *(
            Figure(
                f"others' answers meanwhile: p{percent}",
                page["during"].percentile(percent),
                "ms",
                page["before"].percentile(percent),
                "before",
            )
            for percent in (50, 99)
        ),
    ]


def _write_csv(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "prompt", "image_1", "image_2", "model_1", "model_2"])
        for number in range(rows):
            sides = [_address(number, side) for side in (1, 2)]
            writer.writerow([f"{path.stem}-{number}", f"{PROMPT} {number}", *sides, "dev", "sd"])
    return path


def _address(number: int, side: int) -> str:
    return f"https://images.example.org/{number:08}/{side}.webp"


def _copy_in(database: Database, path: Path, rows: int) -> float:
    """Return the seconds that the database takes for the prepared rows alone."""
    with database.transaction() as session:
        dataset = factories.dataset(session)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines("\t".join(map(str, row)) + "\n" for row in _rows(dataset, rows))
    columns = "dataset_id, id, external_id, fields, metadata, position, min_submitted"
    started = time.perf_counter()
    with (
        path.open("rb") as file,
        database.engine.begin() as connection,
        raw(connection).cursor() as cursor,
        cursor.copy(f"COPY records ({columns}) FROM STDIN") as copy,
    ):
        while block := file.read(_BLOCK):
            copy.write(block)
    return time.perf_counter() - started


def _rows(dataset: Dataset, rows: int) -> Iterator[tuple[object, ...]]:
    id_of = record_ids(dataset.id)
    for number in range(rows):
        first, second = (_address(number, side) for side in (1, 2))
        pair = {"image_1": first, "image_2": second, "prompt": f"{PROMPT} {number}"}
        metadata = compact_json({"model_1": "dev", "model_2": "sd"})
        # Random positions, as in an import.
        position = number * 2_654_435_761 % 2**62
        name = f"many-{number}"
        yield dataset.id, id_of(name), name, compact_json({"images": pair}), metadata, position, 1


def _import_by_command(database: Database, address: str, path: Path) -> Run:
    with database.transaction() as session:
        dataset = factories.dataset(session)
    command = [COMMAND, "import", str(path), "--dataset", dataset.name]
    started, memory = time.perf_counter(), 0.0
    process = subprocess.Popen(
        command,
        env=os.environ | {"DIPTYCH_DATABASE_URL": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        memory = max(memory, _weigh(process.pid))
        time.sleep(_LOOK_EVERY)
    assert process.returncode == 0, command
    return Run(time.perf_counter() - started, memory)


def _weigh(pid: int) -> float:
    """Return the resident memory of a process in MB; 0 if it has just ended."""
    with suppress(OSError, IndexError):
        return resident(pid)
    return 0


def _measure_page(
    database: Database, address: str, folder: Path, few: Path, many: Path
) -> Iterator[tuple[str, Load | Run]]:
    """Import into a dataset while annotators work on it."""
    with database.alone() as connection:
        # So that autovacuum does not run for earlier measurements meanwhile.
        connection.execute(text("VACUUM ANALYZE"))
    dataset = fill(database, folder, RECORDS)
    crowd = Crowd(database, dataset)
    with database.transaction() as session:
        token = start_session(session, factories.user(session, role=Role.OWNER), days=1)
    with serving(address, folder, DIPTYCH_MAX_UPLOAD_MB="1000") as (url, pid):
        page = _Page(database, dataset, url, pid, token)
        page.check(few)
        yield "few", page.run()
        crowd.lease(database)
        yield "before", crowd.submit([url], SECONDS, pause=PAUSE)
        yield "check", page.check(many)
        crowd.lease(database)
        with ThreadPoolExecutor(1) as people:
            during = people.submit(crowd.submit, [url], MAX_SECONDS, pause=PAUSE)
            yield "many", page.run()
            crowd.go_home()
            yield "during", during.result()


class _Page:
    """The pages of an import, used like an admin does."""

    def __init__(self, database: Database, dataset: Dataset, url: str, server: int, token: str) -> None:
        self._database = database
        self._path = f"/datasets/{dataset.name}/imports"
        self._url = url
        self._server = server
        self._cookie = {"Cookie": f"diptych_session={token}"}

    def check(self, path: Path) -> Run:
        """Upload a file, and wait until it is checked."""
        form = aiohttp.FormData()
        form.add_field("file", path.open("rb"), filename=path.name)
        return self._wait(self._path, form)

    def run(self) -> Run:
        """Import the checked file."""
        with self._database.reading() as session:
            latest = session.scalars(select(Import.id).order_by(Import.id.desc())).first()
        return self._wait(f"{self._path}/{latest}/run", aiohttp.FormData({"skip_bad_rows": ""}))

    def _wait(self, path: str, form: aiohttp.FormData) -> Run:
        started, memory = time.perf_counter(), 0.0
        asyncio.run(self._post(path, form))
        while True:
            with self._database.reading() as session:
                job = session.scalars(select(Job).order_by(Job.id.desc())).first()
            if job.status not in {JobStatus.QUEUED, JobStatus.STARTED}:
                assert job.status == JobStatus.FINISHED, job.error
                return Run(time.perf_counter() - started, memory)
            memory = max([memory, *map(_weigh, family(self._server)[1:])])
            time.sleep(_LOOK_EVERY)

    async def _post(self, path: str, form: aiohttp.FormData) -> None:
        async with (
            aiohttp.ClientSession(self._url, headers=self._cookie) as http,
            http.post(path, data=form, allow_redirects=False) as reply,
        ):
            assert reply.status == 303, await reply.text()


def main(rows: int) -> None:
    """Measure in a new database."""
    from tests.bench.__main__ import show  # noqa: PLC0415 - which imports this module

    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_database(Path(folder) / "data") as (database, address),
    ):
        show(measure(database, address, Path(folder), rows))


if __name__ == "__main__":
    main(int(sys.argv[1]))
