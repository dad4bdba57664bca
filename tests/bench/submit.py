"""Submitting claimed records: 32 keep-alive clients, one worker; an answer is on disk before it is confirmed.

One limit is an app that reads and checks the same body and replies at once; another one also inserts a row,
in groups like Diptych. The third limit is ``pgbench`` with the statements for an answer. The clients are
``wrk``; the benchmark then checks that all confirmed answers are stored.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.core.db import Database, as_rows
from diptych.core.postgres.layout import program
from diptych.models import Dataset, User
from diptych.users.sessions import start_session
from tests import factories
from tests.bench.bare import PATH
from tests.bench.figure import Figure
from tests.browser.processes import SERVE, serving

CLIENTS = 32
SECONDS = 8
WARM_UP = 2
RECORDS = 40_000
UVICORN = (sys.executable, "-m", "uvicorn", "--log-level", "critical", "--no-access-log")
BARE = (*UVICORN, "tests.bench.bare:app")
ONE_ROW = (*UVICORN, "tests.bench.bare:one_row")
_SCRIPT = Path(__file__).with_name("submit.lua")
_STATEMENTS = Path(__file__).with_name("submit.sql")
_PAIR = """json_build_object('images', json_build_object(
    'image_1', 'https://images.example.org/' || n || '/1.webp',
    'image_2', 'https://images.example.org/' || n || '/2.webp',
    'prompt', 'a red house on a green hill with a brown dog in front of it, at sunset, number ' || n))"""
_INSERT_RECORDS = text(f"""
INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted, lease_count)
SELECT :dataset_id, gen_random_uuid(), n, {_PAIR}, '{{}}', n, 1, 1 FROM generate_series(1, :count) n
""")  # noqa: S608 - all of it is ours
_INSERT_LEASES = text("""
INSERT INTO assignments (dataset_id, record_id, user_id, position, shown_order, expires_at)
SELECT dataset_id, id, (CAST(:users AS uuid[]))[1 + position % :people], position, '{1,2}',
       now() + interval '1 hour'
FROM records WHERE dataset_id = :dataset_id
""")
_NUMBER = text("""
CREATE TABLE bench_answers AS
SELECT row_number() OVER (ORDER BY a.position) - 1 AS n, a.dataset_id, a.record_id, a.user_id, s.token_hash
FROM assignments a JOIN login_sessions s ON s.user_id = a.user_id WHERE a.dataset_id = :dataset_id
""")


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    if shutil.which("wrk") is None:
        return []
    data_dir = folder / "submit"
    data_dir.mkdir()
    requests = data_dir / "requests.txt"
    with database.transaction() as session:
        dataset, people = _lease(session)
        tokens = [start_session(session, user, days=1) for user in people]
        requests.write_text("".join(_requests(session, dataset, people, tokens)), "utf-8")
    with database.alone() as connection:
        connection.execute(text("VACUUM ANALYZE records, assignments"))
    with serving(address, data_dir, BARE) as process:
        bare = _load(process.address, requests, seconds=SECONDS)
    with serving(address, data_dir, ONE_ROW) as process:
        one_row = _load(process.address, requests, seconds=SECONDS)
    with serving(address, data_dir, SERVE) as process:
        first = _load(process.address, requests, seconds=WARM_UP)
        # The database would do this itself within a minute of such work.
        with database.alone() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        start = first.requests + CLIENTS
        full = _load(process.address, requests, seconds=SECONDS, start=start)
    _check(database, dataset, first.requests + full.requests)
    rate = f"submit: answers of {CLIENTS} clients"
    return [
        Figure(rate, full.rate, "/s", bare.rate, "handler that stores nothing"),
        Figure(rate, full.rate, "/s", one_row.rate, "handler that inserts one row, in groups"),
        Figure(rate, full.rate, "/s", _database_alone(database), "pgbench, one by one"),
        Figure("submit: p50", full.p50, "ms"),
        Figure("submit: p99", full.p99, "ms"),
    ]


class Load:
    """The report of ``wrk``: requests, requests per second, and percentiles in ms."""

    def __init__(self, report: str) -> None:
        assert "Non-2xx" not in report, report
        self.requests = int(_find(r"(\d+) requests in", report))
        self.rate = float(_find(r"Requests/sec:\s+([\d.]+)", report))
        self.p50 = _milliseconds(_find(r"(?m)^\s+50%\s+(\S+)", report))
        self.p99 = _milliseconds(_find(r"(?m)^\s+99%\s+(\S+)", report))


def _find(pattern: str, report: str) -> str:
    found = re.search(pattern, report)
    assert found, report
    return found[1]


def _milliseconds(shown: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", shown).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _load(address: str, requests: Path, *, seconds: int, start: int = 0) -> Load:
    options = ["-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--latency", "-s", str(_SCRIPT)]
    script = ["--", str(requests), str(start)]
    done = subprocess.run(
        ["wrk", *options, f"{address}{PATH}", *script], capture_output=True, text=True, check=True
    )
    return Load(done.stdout)


def _database_alone(database: Database) -> float:
    """Return how many answers per second ``pgbench`` stores, each in its own transaction."""
    with database.transaction() as session:
        dataset, people = _lease(session)
        for user in people:
            start_session(session, user, days=1)
        session.execute(_NUMBER, {"dataset_id": dataset.id})
        session.execute(text("CREATE UNIQUE INDEX ON bench_answers (n)"))
    with database.alone() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    options = [
        "-n",
        "-M",
        "prepared",
        f"-c{CLIENTS}",
        f"-T{SECONDS}",
        f"-Dn=-{CLIENTS}",
        "-f",
        str(_STATEMENTS),
    ]
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run([program("pgbench"), *options, address], capture_output=True, text=True, check=True)
    return float(_find(r"(?m)^tps = ([\d.]+)", done.stdout))


def _lease(session: Session) -> tuple[Dataset, list[User]]:
    """Return a dataset with records, and annotators who each hold some of them."""
    dataset = factories.dataset(session)
    people = [factories.user(session) for _ in range(CLIENTS)]
    values = {"dataset_id": dataset.id, "users": [person.id for person in people], "people": len(people)}
    session.execute(_INSERT_RECORDS, values | {"count": RECORDS})
    session.execute(_INSERT_LEASES, values)
    return dataset, people


def _requests(session: Session, dataset: Dataset, people: list[User], tokens: list[str]):
    token_of = dict(zip([person.id for person in people], tokens, strict=True))
    leases = text("SELECT record_id, user_id FROM assignments WHERE dataset_id = :id ORDER BY position")
    for number, (record_id, user_id) in enumerate(session.execute(leases, {"id": dataset.id})):
        item = {
            "dataset_id": dataset.id,
            "record_id": record_id,
            "values": {"preference": {"value": f"image_{1 + number % 2}"}},
            "status": "submitted",
            "shown_order": [1, 2],
            "duration_ms": 2_000 + number % 1_000,
            "revision": 1,
        }
        yield f"{token_of[user_id]}\t{as_rows({'user_id': user_id, 'items': [item]})}\n"


def _check(database: Database, dataset: Dataset, requests: int) -> None:
    """Fail if a confirmed answer is missing, or a count is wrong."""
    counts = text(
        "SELECT (SELECT count(*) FROM responses WHERE dataset_id = :id), "
        "(SELECT count(*) FROM response_events WHERE dataset_id = :id), "
        "(SELECT count(*) FROM records WHERE dataset_id = :id AND status = 'completed'), "
        "(SELECT count(*) FROM records WHERE dataset_id = :id AND lease_count = 0), "
        "(SELECT sum(submitted) FROM annotator_progress WHERE dataset_id = :id), "
        "(SELECT sum(completed) FROM dataset_counts WHERE dataset_id = :id)"
    )
    with database.reading() as session:
        found = set(session.execute(counts, {"id": dataset.id}).one())
    assert len(found) == 1, found
    (stored,) = found
    # Answers in flight at the end are stored but not counted.
    assert requests <= stored <= requests + 2 * CLIENTS, (requests, stored)
