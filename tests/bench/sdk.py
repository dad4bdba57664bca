"""The unmodified Argilla SDK: how fast it logs and reads records, and how fast it could be.

The SDK's own limit is measured with a server that replies with canned bodies from a Diptych server.
"""

import json
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from diptych.core.db import Database
from diptych.models import Role
from diptych.users.service import rotate_api_key
from tests import factories
from tests.bench.figure import Figure
from tests.bench.processes import memory, running, serving
from tests.browser.ports import free_port

RECORDS = 5_000
MANY_RECORDS = 50_000
DIMENSIONS = 256
ROUNDS = 3
ANSWERS = 3
# The SDK's own sizes of batches and pages.
BATCH, PAGE = 256, 100
# What Argilla's server does on the same kind of machine, with vectors (contract, section 9, point 14).
ORIGINAL = 100


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    with database.transaction() as session:
        key = rotate_api_key(session, factories.user(session, "researcher", role=Role.OWNER))
        people = [factories.user(session).id for _ in range(ANSWERS)]
    with serving(address, folder / "sdk", DIPTYCH_LOG_LEVEL="warning") as (url, pid):
        argilla = _import_argilla()
        client = argilla.Argilla(api_url=url, api_key=key)
        figures = _rates(argilla, client, people, folder)
        return [*figures, *_many(argilla, client, key, pid)]


def _rates(argilla: Any, client: Any, people: list[Any], folder: Path) -> list[Figure]:
    records = _records(argilla, RECORDS, [])
    answered = _records(argilla, RECORDS, people)
    logged, read, canned_logged, canned_read = [], [], [], []
    for number in range(ROUNDS):
        dataset = _dataset(argilla, client, f"rates-{number}")
        logged.append(_rate(partial(dataset.records.log, records)))
        dataset.records.log(answered)
        read.append(_rate(partial(list, dataset.records)))
        with _canned(client, dataset, folder):
            canned_logged.append(_rate(partial(dataset.records.log, records)))
            canned_read.append(_rate(partial(list, dataset.records)))
    log, iterate = statistics.median(logged), statistics.median(read)
    canned_log, canned_iterate = statistics.median(canned_logged), statistics.median(canned_read)
    what, limit = "SDK: records.log, 256-float vectors", "canned bodies"
    return [
        Figure(what, log, "records/s", canned_log, limit),
        Figure(what, log, "records/s", ORIGINAL, "Argilla's server"),
        Figure("SDK: iteration, 3 answers a record", iterate, "records/s", canned_iterate, limit),
    ]


def _many(argilla: Any, client: Any, key: str, pid: int) -> list[Figure]:
    dataset = _dataset(argilla, client, "many")
    records = _records(argilla, MANY_RECORDS, [])
    dataset.records.log(records[:RECORDS])
    before = memory(pid)
    dataset.records.log(records[RECORDS:])
    after = memory(pid)
    first = _page_times(client, dataset, key, 0)
    last = _page_times(client, dataset, key, MANY_RECORDS - PAGE)
    what = f"SDK: memory after logging {MANY_RECORDS:,} records"
    figures = [Figure(what, after, "MB", before, f"after {RECORDS:,}")]
    for name, percent in (("p50", 50), ("p99", 99)):
        figures.append(
            Figure(
                f"page {MANY_RECORDS // PAGE} of {MANY_RECORDS:,} records, {name}",
                _percentile(last, percent),
                "ms",
                _percentile(first, percent),
                "page 1",
            )
        )
    return figures


def _dataset(argilla: Any, client: Any, name: str) -> Any:
    terms = [argilla.TermsMetadataProperty(name) for name in ("model_1", "model_2", "evolution")]
    settings = argilla.Settings(
        fields=[argilla.CustomField(name="images", template="{{record.fields.images.prompt}}")],
        questions=[argilla.LabelQuestion(name="preference", labels=["image_1", "image_2", "both_good"])],
        metadata=terms,
        allow_extra_metadata=True,
        vectors=[argilla.VectorField(name="prompt", dimensions=DIMENSIONS)],
        distribution=argilla.TaskDistribution(min_submitted=ANSWERS),
    )
    return argilla.Dataset(name, settings=settings, client=client).create()


def _records(argilla: Any, count: int, people: list[Any]) -> list[Any]:
    chance = random.Random(count)
    return [
        argilla.Record(
            id=f"{number}-quality",
            fields={
                "images": {
                    "image_1": f"https://images.example.org/{number:08}/1.webp",
                    "image_2": f"https://images.example.org/{number:08}/2.webp",
                    "prompt": f"a red house on a green hill with a brown dog in front of it, number {number}",
                }
            },
            metadata={"model_1": "dev", "model_2": "sd", "evolution": "quality", "category": "Cinematic"},
            vectors={"prompt": [chance.random() for _ in range(DIMENSIONS)]},
            responses=[
                argilla.Response("preference", "image_1", user_id=person, status="submitted")
                for person in people
            ],
        )
        for number in range(count)
    ]


@contextmanager
def _canned(client: Any, dataset: Any, folder: Path) -> Iterator[None]:
    """Let the client talk to a server with canned replies."""
    (folder / "canned").mkdir(exist_ok=True)
    http = client.api.http_client
    ours, path = http.base_url, f"/api/v1/datasets/{dataset.id}"
    include = {"include": ["suggestions", "responses"]}
    bodies = {
        "me": http.get("/api/v1/me"),
        "dataset": http.get(path),
        f"page-{PAGE}": http.get(f"{path}/records", params={"limit": PAGE, **include}),
        "bulk": http.get(
            f"{path}/records", params={"limit": BATCH, "include": [*include["include"], "vectors"]}
        ),
    }
    for name, answer in bodies.items():
        body = answer.json()
        if name == "bulk":
            body = {"items": [{**item, "responses": []} for item in body["items"]], "updated_item_ids": []}
        (folder / "canned" / f"{name}.json").write_text(json.dumps(body), "utf-8")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.canned:app", "--port", str(port)]
    settings = {"CANNED": str(folder / "canned"), "CANNED_RECORDS": str(RECORDS)}
    quiet = ["--log-level", "error", "--no-access-log"]
    with running([*command, *quiet], settings, f"http://127.0.0.1:{port}/me"):
        http.base_url = f"http://127.0.0.1:{port}"
        yield
    http.base_url = ours


def _page_times(client: Any, dataset: Any, key: str, offset: int) -> list[float]:
    """Return the durations of many requests for a page in ms, without the SDK's own time."""
    url = client.api.http_client.base_url
    connection = HTTPConnection(url.host, url.port)
    path = f"/api/v1/datasets/{dataset.id}/records?offset={offset}&limit={PAGE}"
    times = []
    for _ in range(300):
        started = time.perf_counter()
        connection.request("GET", f"{path}&include=responses", headers={"X-Argilla-Api-Key": key})
        connection.getresponse().read()
        times.append(1_000 * (time.perf_counter() - started))
    connection.close()
    return times


def _percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _rate(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return RECORDS / (time.perf_counter() - started)


def _import_argilla() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import argilla  # noqa: PLC0415 - it warns when it is imported
    return argilla
