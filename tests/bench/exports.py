"""Exports: each format against a bare COPY of the same columns, each run in a separate process.

``python -m tests.bench.exports 1000000`` only measures exports, with that many records.
"""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import text

from diptych.core.db import Database, raw
from diptych.datasets.queries import get_dataset
from diptych.exports.contents import ExportContent
from diptych.exports.formats import ExportFormat, list_formats
from diptych.exports.service import export
from diptych.models import Dataset
from tests import factories
from tests.bench.database import fresh_database
from tests.bench.figure import Figure

RECORDS = 100_000
ANSWERS = 3
NAME = "exported"
BARE = "bare"
EXPORTS = [(content, kind) for content in ExportContent for kind in list_formats(content)]
# The maximum number of bytes before the first record: the header of CSV.
LONGEST_BEGINNING = 200
MEMORY_MB = dict.fromkeys(ExportFormat, 150.0) | {ExportFormat.PARQUET: 400.0}

_RECORDS = text("""
INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted, submitted_count,
                     inserted_at)
SELECT :dataset_id, gen_random_uuid(), n,
       CAST(format('{"images":{"image_1":"https://images.example.org/%1$s/1.webp",'
                   '"image_2":"https://images.example.org/%1$s/2.webp","prompt":"a red house on a green hill '
                   'with a brown dog in front of it, at sunset, number %1$s"}}', n) AS json),
       '{"model_1":"dev","model_2":"sd","evolution":"quality","category":"Manga","sub_category":"Other"}',
       CAST(random() * 1e18 AS bigint), :answers, :answers, now() + n * interval '1 microsecond'
FROM generate_series(1, :records) n
""")
# In the order for annotators, which is not the order of an export.
_ANSWERS = text("""
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status, duration_ms, inserted_at)
SELECT dataset_id, id, :user_id, gen_random_uuid(),
       CAST(format('{"preference":{"value":"image_%s"}}', 1 + position % 2) AS json), 'submitted', 2000,
       now() + random() * interval '1 hour'
FROM records WHERE dataset_id = :dataset_id ORDER BY position
""")
_RECORD_COLUMNS = """
COPY (SELECT external_id, status, id, fields -> 'images', metadata ->> 'model_1', metadata ->> 'model_2',
             metadata ->> 'evolution', metadata ->> 'category', metadata ->> 'sub_category', given,
             users, states
      FROM records LEFT JOIN LATERAL (
          SELECT json_agg("values" #> '{preference,value}' ORDER BY inserted_at, id) AS given,
                 json_agg(user_id ORDER BY inserted_at, id) AS users,
                 json_agg(status ORDER BY inserted_at, id) AS states
          FROM responses WHERE dataset_id = records.dataset_id AND record_id = records.id) answers ON true
      WHERE dataset_id = %s ORDER BY inserted_at, id) TO STDOUT
"""
_RESPONSE_COLUMNS = """
COPY (SELECT r.external_id, r.id, u.username, s.user_id, s.status, s.inserted_at, s.updated_at, s.duration_ms,
             s.shown_order, s.is_late, s.is_counted, s.skip_reason, s.revision,
             s."values" #>> '{preference,value}'
      FROM records r JOIN responses s ON s.dataset_id = r.dataset_id AND s.record_id = r.id
      JOIN users u ON u.id = s.user_id
      WHERE r.dataset_id = %s ORDER BY r.inserted_at, r.id, s.inserted_at, s.id) TO STDOUT
"""
_SAME_COLUMNS = {"records": _RECORD_COLUMNS, "responses": _RESPONSE_COLUMNS}


@dataclass(frozen=True)
class Run:
    """The seconds until the end, the first byte and the first record; and the memory growth in MB."""

    seconds: float
    first_byte: float
    first_record: float
    growth: float


def measure(database: Database, records: int = RECORDS) -> list[Figure]:
    _make(database, records)
    address = database.url.render_as_string(hide_password=False)
    figures = []
    for content, kind in EXPORTS:
        bare, run = _run_alone(address, content, BARE), _run_alone(address, content, kind)
        exported = kind if content == ExportContent.RECORDS else f"{kind}, a row for each response"
        what = f"export of {records:,} records, {ANSWERS} answers each, as {exported}"
        figures += [
            Figure(what, records / run.seconds, "records/s", records / bare.seconds, "COPY out"),
            Figure(f"{what}: first byte", run.first_byte, "s", 1.0, "promised"),
            Figure(f"{what}: first record", run.first_record, "s"),
            Figure(f"{what}: growth of memory", run.growth, "MB", MEMORY_MB[kind], "promised"),
        ]
    return figures


def _make(database: Database, records: int) -> None:
    with database.transaction() as session:
        dataset = factories.dataset(session, NAME, min_submitted=ANSWERS)
        values = {"dataset_id": dataset.id, "records": records, "answers": ANSWERS}
        session.execute(_RECORDS, values)
        for _ in range(ANSWERS):
            session.execute(_ANSWERS, {"dataset_id": dataset.id, "user_id": factories.user(session).id})
    with database.alone() as connection:
        connection.execute(text("VACUUM ANALYZE records, responses"))


def _run_alone(address: str, content: str, kind: str) -> Run:
    command = [sys.executable, "-m", "tests.bench.exports", address, content, kind]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Run(**json.loads(done.stdout))


def run(address: str, content: str, kind: str) -> Run:
    """Export without keeping the file."""
    database = Database(address, pool_size=1)
    with database.reading() as session:
        dataset = get_dataset(session, NAME)
    # As in a server, the objects loaded so far are excluded from garbage collection.
    gc.collect()
    gc.freeze()
    before = _memory("VmRSS")
    started = time.perf_counter()
    if kind == BARE:
        pieces = _copy(database, dataset, _SAME_COLUMNS[content])
    else:
        pieces = export(database, dataset, content=ExportContent(content), format=ExportFormat(kind))
    sizes, moments = [], []
    for piece in pieces:
        sizes.append(len(piece))
        moments.append(time.perf_counter() - started)
    # A bare COPY has short pieces only, and each is a row.
    first_row = next((number for number, size in enumerate(sizes) if size > LONGEST_BEGINNING), 0)
    return Run(moments[-1], moments[0], moments[first_row], _memory("VmHWM") - before)


def _copy(database: Database, dataset: Dataset, command: str) -> Iterator[object]:
    with (
        database.engine.begin() as connection,
        raw(connection).cursor() as cursor,
        cursor.copy(command, [dataset.id]) as copy,
    ):
        yield from copy


def _memory(kind: str) -> float:
    """Return the memory of this process in MB: ``VmRSS`` now, ``VmHWM`` at its highest."""
    return int(Path("/proc/self/status").read_text().partition(f"{kind}:")[2].split()[0]) / 1024


def main(records: int) -> None:
    """Measure in a new database."""
    from tests.bench.__main__ import show  # noqa: PLC0415 - which imports this module

    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_database(Path(folder) / "data") as (database, _),
    ):
        show(measure(database, records))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(asdict(run(*sys.argv[1:]))))  # noqa: T201 - to the process that asked
    else:
        main(int(sys.argv[1]))
