"""Annotators who answer over the network while something goes wrong, and the journal that they keep."""

import asyncio
import itertools
import random
import statistics
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf

import aiohttp
from sqlalchemy import select

from diptych.core.db import Database
from diptych.models import Dataset, Response, User
from diptych.users.sessions import start_session
from tests import factories

VALUES = ("image_1", "image_2", "both_good", "both_bad")
# Seconds between an answer and the next one of the same annotator, and before one that failed is sent again.
PACE, AGAIN = 0.02, 0.2
ANSWERS = "/api/v1/me/responses/bulk"


@dataclass(frozen=True)
class Annotator:
    """A person with a session, and the records that they answer one after the other."""

    user_id: uuid.UUID
    token: str
    dataset_id: uuid.UUID
    records: Sequence[uuid.UUID]


@dataclass(frozen=True)
class Reply:
    """What an answer brought: its status, or 0 without one, when it was sent, and the seconds it took."""

    annotator: Annotator
    status: int
    retry_after: int
    began: float
    seconds: float


@dataclass
class Journal:
    """Every reply, and each answer that was acknowledged: by record and annotator."""

    replies: list[Reply] = field(default_factory=list)
    acknowledged: dict[tuple[uuid.UUID, uuid.UUID], tuple[int, str]] = field(default_factory=dict)

    def of(self, annotators: Sequence[Annotator], *, begins: float = 0.0, ends: float = inf) -> list[Reply]:
        """Return the replies to annotators that were waited for at some time between two moments."""
        people = {annotator.user_id for annotator in annotators}
        return [
            one
            for one in list(self.replies)
            if one.annotator.user_id in people and one.began < ends and one.began + one.seconds > begins
        ]


def p99(replies: Sequence[Reply]) -> float:
    """Return the 99th percentile of the seconds that replies took."""
    return statistics.quantiles([reply.seconds for reply in replies], n=100, method="inclusive")[98]


def hire(database: Database, dataset: Dataset, *, people: int, records: int) -> list[Annotator]:
    """Add records to a dataset, and annotators who each answer so many of their own."""
    with database.transaction() as session:
        home = session.get_one(Dataset, dataset.id)
        users: list[User] = [factories.user(session) for _ in range(people)]
        return [
            Annotator(
                user.id,
                start_session(session, user, days=1),
                dataset.id,
                [factories.record(session, home).id for _ in range(records)],
            )
            for user in users
        ]


@contextmanager
def answering(address: str, annotators: Sequence[Annotator], *, seed: int) -> Iterator[Journal]:
    """Have annotators answer until the block ends; what failed is sent again until it is acknowledged."""
    journal, is_over = Journal(), threading.Event()
    work = threading.Thread(target=lambda: asyncio.run(_work(address, annotators, seed, journal, is_over)))
    work.start()
    try:
        yield journal
    finally:
        is_over.set()
        work.join()


async def _work(
    address: str, annotators: Sequence[Annotator], seed: int, journal: Journal, is_over: threading.Event
) -> None:
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        address, timeout=timeout, connector=aiohttp.TCPConnector(limit=0)
    ) as http:
        chances = [random.Random(f"{seed}-{number}") for number in range(len(annotators))]
        await asyncio.gather(
            *(
                _annotate(http, annotator, chance, journal, is_over)
                for annotator, chance in zip(annotators, chances, strict=True)
            )
        )


async def _annotate(
    http: aiohttp.ClientSession,
    annotator: Annotator,
    chance: random.Random,
    journal: Journal,
    is_over: threading.Event,
) -> None:
    for turn, record_id in enumerate(itertools.cycle(annotator.records)):
        value, revision = chance.choice(VALUES), 1 + turn // len(annotator.records)
        while not is_over.is_set():
            reply = await _answer(http, annotator, record_id, value, revision)
            journal.replies.append(reply)
            if reply.status == 200:
                journal.acknowledged[record_id, annotator.user_id] = (revision, value)
                # An annotator looks at the next record first.
                await asyncio.sleep(PACE * (0.5 + chance.random()))
                break
            if reply.status == 404:
                return
            # As the page does, which waits before it tries again.
            await asyncio.sleep(AGAIN)
        if is_over.is_set():
            return


async def _answer(
    http: aiohttp.ClientSession, annotator: Annotator, record_id: uuid.UUID, value: str, revision: int
) -> Reply:
    item = {
        "dataset_id": str(annotator.dataset_id),
        "record_id": str(record_id),
        "values": {"preference": {"value": value}},
        "status": "submitted",
        "duration_ms": revision,
        "revision": revision,
    }
    cookies = {"Cookie": f"diptych_session={annotator.token}"}
    status, retry_after = 0, 0
    began = time.perf_counter()
    try:
        async with http.post(ANSWERS, json={"items": [item]}, headers=cookies) as reply:
            body = await reply.json()
            error = body["items"][0]["error"] if reply.status == 200 else None
            status, retry_after = reply.status, int(reply.headers.get("Retry-After", 0))
            if error:
                status = error["status"]
    except (aiohttp.ClientError, TimeoutError):
        pass
    return Reply(annotator, status, retry_after, began, time.perf_counter() - began)


def find_lost(database: Database, journal: Journal) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Return the records and annotators whose last acknowledged answer is neither stored nor replaced."""
    with database.reading() as session:
        rows = session.execute(
            select(Response.record_id, Response.user_id, Response.values, Response.revision)
        ).all()
    stored = {
        (record, user): (revision, values["preference"]["value"]) for record, user, values, revision in rows
    }
    return {
        key
        for key, (revision, value) in journal.acknowledged.items()
        # What was on its way when the annotators went home may be stored by now, as the next revision.
        if stored.get(key) != (revision, value) and stored.get(key, (0, ""))[0] <= revision
    }
