"""The server's time for each page, one request after another, and its number of database statements.

The limit is a request to the same server that needs no work and no database.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.testclient import TestClient

from diptych.app import create_app
from diptych.core.db import Database, new_id
from diptych.core.settings import Settings
from diptych.imports.jobs import create_import
from diptych.models import Dataset, Role, User
from diptych.users.sessions import start_session
from tests import factories
from tests.bench.claims import GIVE_BACK
from tests.bench.crowd import CARDS, fill
from tests.bench.figure import Figure
from tests.bench.processes import serving
from tests.web.statements import counted

REQUESTS = 50
DATASETS = 50
RECORDS = 2_000
# The maximum number of statements of the annotation page, including the login.
MAX_STATEMENTS = 3


@dataclass(frozen=True)
class Visit:
    """A request: ``prepare`` sets it up, and it may take ``most`` statements."""

    what: str
    path: str
    prepare: Callable[[], None]
    claim: dict[str, int] | None = None
    most: int | None = None

    @property
    def method(self) -> str:
        return "POST" if self.claim else "GET"


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    dataset = fill(database, folder, RECORDS)
    with database.transaction() as session:
        person = factories.user(session, role=Role.OWNER)
        token = start_session(session, person, days=1)
    cookie = {"Cookie": f"diptych_session={token}"}
    settings = Settings(database_url=address, data_dir=folder, log_level="error")
    app = create_app(settings)
    figures = []
    with serving(address, folder, DIPTYCH_LOG_FORMAT="json") as (url, _):
        connection = HTTPConnection(urlsplit(url).netloc)
        knock = Visit("no work", "/healthz", lambda: None)
        for visit in _visits(database, settings, dataset, person):
            # The limit is measured with each page, so that other load on the machine affects both.
            limit, took = (_median(connection, one, cookie) for one in (knock, visit))
            figures.append(Figure(f"page: {visit.what}, p50", took, "ms", limit, "/healthz"))
            asked = _statements(app, visit, cookie)
            figures.append(Figure(f"page: {visit.what}", asked, "statements", visit.most, "target"))
        connection.close()
    app.state.database.dispose()
    return figures


def _visits(database: Database, settings: Settings, dataset: Dataset, person: User) -> Iterator[Visit]:
    def give_back() -> None:
        with database.transaction() as session:
            session.execute(GIVE_BACK, {"dataset_id": dataset.id, "user_id": person.id})

    def nothing() -> None:
        pass

    with database.transaction() as session:
        for _ in range(DATASETS - 1):
            factories.dataset(session)
        running = create_import(
            session, settings, dataset, person, import_id=new_id(), name="pairs.csv", mapping={}
        )
    page = f"/datasets/{dataset.name}"
    yield Visit(f"{DATASETS} datasets", "/", nothing)
    yield Visit("a dataset with the form for an export", page, nothing)
    yield Visit("the form for an import", f"{page}/imports", nothing)
    yield Visit("a running import", f"{page}/imports/{running.id}", nothing)
    yield Visit("annotation, to begin", f"{page}/annotate", nothing, most=MAX_STATEMENTS)
    yield Visit(f"{CARDS} cards", f"{page}/cards", give_back, {"limit": CARDS})
    yield Visit("annotation, with a pair", f"{page}/annotate", nothing, most=MAX_STATEMENTS)


def _median(connection: HTTPConnection, visit: Visit, headers: dict[str, str]) -> float:
    """Return the median time of a request in milliseconds."""
    times = []
    for _ in range(REQUESTS):
        visit.prepare()
        body = json.dumps(visit.claim) if visit.claim else None
        started = time.perf_counter()
        connection.request(visit.method, visit.path, body, headers | {"Content-Type": "application/json"})
        reply = connection.getresponse()
        content = reply.read()
        times.append(1_000 * (time.perf_counter() - started))
        assert reply.status == 200, content
    return statistics.median(times)


def _statements(app: FastAPI, visit: Visit, headers: dict[str, str]) -> int:
    """Return the number of statements of a request once the process has cached the dataset."""
    client = TestClient(app, headers=headers)
    for _ in range(2):
        visit.prepare()
        with counted(app) as statements:
            assert client.request(visit.method, visit.path, json=visit.claim).status_code == 200
    return len(statements)
