"""Annotators who work as fast as the server allows: they claim cards and send answers one by one."""

import asyncio
import csv
import json
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from diptych.assignments.service import MAX_HELD, claim
from diptych.core.db import Database
from diptych.core.settings import Settings
from diptych.imports.service import import_file
from diptych.models import Dataset, User
from diptych.users.sessions import start_session
from tests import factories

PEOPLE = 32
# How many cards the page requests at once.
CARDS = 8
LEASE = 3_600

_Send = Callable[..., Awaitable[bytes]]


@dataclass(frozen=True)
class Load:
    """The durations of many requests: each in milliseconds, and the total in seconds."""

    times: Sequence[float]
    seconds: float

    @property
    def rate(self) -> float:
        """The number of requests per second."""
        return len(self.times) / self.seconds

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100, method="inclusive")[percent - 1]


@dataclass
class Person:
    """A logged-in annotator; ``held`` are their unanswered records."""

    id: uuid.UUID
    token: str
    held: list[str] = field(default_factory=list)


class Crowd:
    """Annotators, each with one connection to one of the servers, who do the same at the same time."""

    def __init__(self, database: Database, dataset: Dataset) -> None:
        self._dataset = dataset
        self._end = 0.0
        with database.transaction() as session:
            users = [factories.user(session) for _ in range(PEOPLE)]
            self._people = [Person(user.id, start_session(session, user, days=1)) for user in users]

    def lease(self, database: Database) -> None:
        """Give each annotator as many records as they may hold, bypassing the servers."""
        for person in self._people:
            with database.transaction() as session:
                user = session.get_one(User, person.id)
                claimed = claim(session, self._dataset, user, limit=MAX_HELD, lease_seconds=LEASE)
                person.held = [str(lease.record_id) for lease in claimed.leases]

    def claim(self, addresses: Sequence[str], times: int) -> Load:
        """Let each annotator claim cards ``times`` times, and keep them."""

        async def ask(person: Person, send: _Send) -> None:
            for _ in range(times):
                claim = {"limit": CARDS, "known": person.held}
                reply = json.loads(await send("POST", f"/datasets/{self._dataset.name}/cards", claim))
                person.held += [card["record"] for card in reply["cards"]]

        return self._all(addresses, ask)

    def submit(self, addresses: Sequence[str], seconds: float, *, pause: float = 0) -> Load:
        """Let each annotator answer their records, one request per answer, for ``seconds``.

        ``pause`` is for how many seconds they look at a pair.
        """
        self._end = time.monotonic() + seconds

        async def submit(person: Person, send: _Send) -> None:
            # They do not start at the same moment.
            await asyncio.sleep(random.uniform(0, pause))
            while person.held and time.monotonic() < self._end:
                body = {"user_id": str(person.id), "items": [self._answer(person.held.pop())]}
                reply = json.loads(await send("POST", "/api/v1/me/responses/bulk", body))
                assert reply["items"][0]["error"] is None, reply
                await asyncio.sleep(pause)

        return self._all(addresses, submit)

    def go_home(self) -> None:
        """Stop ``submit``, which runs in another thread."""
        self._end = 0

    def open_page(self, addresses: Sequence[str], times: int) -> Load:
        """Let each annotator open the annotation page ``times`` times."""
        return self._get(addresses, f"/datasets/{self._dataset.name}/annotate", times)

    def look(self, addresses: Sequence[str], picture: str, times: int) -> Load:
        """Let each annotator fetch a stored picture ``times`` times."""
        return self._get(addresses, picture, times)

    def knock(self, addresses: Sequence[str], times: int) -> Load:
        """Let each annotator send ``times`` requests that need no work."""
        return self._get(addresses, "/healthz", times)

    def _answer(self, record: str) -> dict[str, Any]:
        return {
            "dataset_id": str(self._dataset.id),
            "record_id": record,
            "values": {"preference": {"value": "image_1"}},
            "status": "submitted",
            "shown_order": [1, 2],
            "duration_ms": 2_500,
            "revision": 1,
        }

    def _get(self, addresses: Sequence[str], path: str, times: int) -> Load:
        async def get(_person: Person, send: _Send) -> None:
            for _ in range(times):
                await send("GET", path)

        return self._all(addresses, get)

    def _all(self, addresses: Sequence[str], work: Callable[[Person, _Send], Awaitable[None]]) -> Load:
        times: list[float] = []

        async def one(person: Person, address: str) -> None:
            headers = {"Cookie": f"diptych_session={person.token}"}
            async with aiohttp.ClientSession(address, headers=headers) as http:

                async def send(method: str, path: str, body: Any = None) -> bytes:
                    started = time.perf_counter()
                    async with http.request(method, path, json=body, allow_redirects=False) as reply:
                        content = await reply.read()
                    times.append(1_000 * (time.perf_counter() - started))
                    assert reply.status == 200, content
                    return content

                await work(person, send)

        async def everybody() -> None:
            places = enumerate(self._people)
            await asyncio.gather(*(one(person, addresses[n % len(addresses)]) for n, person in places))

        started = time.perf_counter()
        asyncio.run(everybody())
        return Load(times, time.perf_counter() - started)


def fill(database: Database, folder: Path, records: int) -> Dataset:
    """Create a dataset of pairs with pictures on other servers."""
    path = folder / "crowd.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "prompt", "image_1", "image_2", "model_1", "model_2"])
        for number in range(records):
            sides = [f"https://images.example.org/{number:08}/{side}.webp" for side in (1, 2)]
            writer.writerow([number, f"a red house on a green hill, number {number}", *sides, "dev", "sd"])
    with database.transaction() as session:
        dataset = factories.dataset(session)
    import_file(database, dataset, path, settings=Settings(data_dir=folder))
    return dataset
