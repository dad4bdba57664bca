"""One transaction for what many requests want at the same time: the disk is waited for once."""

import asyncio
from asyncio import AbstractEventLoop, Future, Task, get_running_loop
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Generic, TypeVar

from psycopg import AsyncConnection

from diptych.core.db import DATABASE_ERRORS, Database, is_closed
from diptych.core.pipeline import Steps, run_and_commit

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")

# As many as one transaction takes: those behind them are not to wait for long.
MOST_JOBS = 64
# Transactions at a time: while the database is at work for one, Python is for the other.
WRITERS = 2


@dataclass
class _Line(Generic[Job, Outcome]):
    """The jobs that wait in an event loop, those who take them from there, and connections not in use."""

    waiting: list[tuple[Job, Future[Outcome]]] = field(default_factory=list)
    writers: set[Task[None]] = field(default_factory=set)
    busy: int = 0
    idle: list[AsyncConnection] = field(default_factory=list)


class GroupCommit(Generic[Job, Outcome]):
    """Gathers the jobs that come while transactions are on their way, and does them in the next one.

    ``work`` returns the steps that do jobs, and what came of each, or the error that it ends in.
    """

    def __init__(
        self,
        database: Database,
        work: Callable[[Sequence[Job]], Steps[Sequence[Outcome | Exception]]],
    ) -> None:
        self._database = database
        self._work = work
        self._lines: dict[AbstractEventLoop, _Line[Job, Outcome]] = {}

    async def submit(self, job: Job) -> Outcome:
        """Return what came of a job once that is committed, or raise the error that it ended in."""
        loop = get_running_loop()
        future: Future[Outcome] = loop.create_future()
        self._forget_ended()
        line = self._lines.setdefault(loop, _Line())
        line.waiting.append((job, future))
        if len(line.writers) < WRITERS:
            writer = asyncio.create_task(self._write(line))
            line.writers.add(writer)
            writer.add_done_callback(line.writers.discard)
        return await future

    def _forget_ended(self) -> None:
        """Close the connections of event loops that have ended without ``close``."""
        for loop in [loop for loop in self._lines if loop.is_closed()]:
            for connection in self._lines.pop(loop).idle:
                connection.pgconn.finish()

    async def close(self) -> None:
        """Finish what is on its way in this event loop, and close its connections."""
        line = self._lines.pop(get_running_loop(), None)
        if line:
            await asyncio.gather(*line.writers)
            for connection in line.idle:
                await connection.close()

    async def _write(self, line: _Line[Job, Outcome]) -> None:
        # What comes in the same turn of the event loop goes together.
        await asyncio.sleep(0)
        while line.waiting:
            # Whoever has nothing to do takes a share.
            share = min(MOST_JOBS, ceil(len(line.waiting) / (WRITERS - line.busy)))
            some, line.waiting = line.waiting[:share], line.waiting[share:]
            line.busy += 1
            outcomes = await self._commit_all(line, [job for job, _ in some])
            line.busy -= 1
            for (_, future), outcome in zip(some, outcomes, strict=True):
                if future.done():
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    async def _commit_all(
        self, line: _Line[Job, Outcome], jobs: Sequence[Job]
    ) -> Sequence[Outcome | Exception]:
        try:
            return await self._commit(line, jobs)
        except DATABASE_ERRORS as error:
            return [error] * len(jobs)
        except Exception as error:  # noqa: BLE001 - it is raised where the job came from
            # One job's mistake is not the others'.
            return [error] if len(jobs) == 1 else [(await self._commit_all(line, [job]))[0] for job in jobs]

    async def _commit(self, line: _Line[Job, Outcome], jobs: Sequence[Job]) -> Sequence[Outcome | Exception]:
        connection = await self._connect(line)
        try:
            return await run_and_commit(connection, self._work(jobs))
        finally:
            line.idle.append(connection)

    async def _connect(self, line: _Line[Job, Outcome]) -> AsyncConnection:
        while line.idle:
            connection = line.idle.pop()
            if not is_closed(connection):
                return connection
            await connection.close()
        return await self._database.connect()
