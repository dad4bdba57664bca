"""One transaction for what many requests want at the same time: the disk is waited for once."""

import asyncio
from asyncio import AbstractEventLoop, Future, Task, get_running_loop
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from diptych.core.admission import Places
from diptych.core.db import DATABASE_ERRORS, Database

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")

# As many as one transaction takes: those behind them are not to wait for long.
MOST_JOBS = 64


@dataclass
class _Line(Generic[Job, Outcome]):
    """The jobs that wait in an event loop, and what takes them from there."""

    waiting: list[tuple[Job, Future[Outcome]]] = field(default_factory=list)
    task: Task[None] | None = None


class GroupCommit(Generic[Job, Outcome]):
    """Gathers the jobs that come while a transaction is on its way, and does them in the next one.

    ``work`` does jobs in a session and returns for each what came of it, or the error that it ends in.
    """

    def __init__(
        self,
        database: Database,
        places: Places,
        work: Callable[[Session, Sequence[Job]], Sequence[Outcome | Exception]],
    ) -> None:
        self._database = database
        self._places = places
        self._work = work
        self._lines: dict[AbstractEventLoop, _Line[Job, Outcome]] = {}

    async def submit(self, job: Job) -> Outcome:
        """Return what came of a job once that is committed, or raise the error that it ended in."""
        loop = get_running_loop()
        future: Future[Outcome] = loop.create_future()
        line = self._lines.setdefault(loop, _Line())
        line.waiting.append((job, future))
        if line.task is None:
            line.task = asyncio.create_task(self._empty(loop, line))
        return await future

    async def _empty(self, loop: AbstractEventLoop, line: _Line[Job, Outcome]) -> None:
        while line.waiting:
            outcomes = await self._commit_some(line)
            done, line.waiting = line.waiting[: len(outcomes)], line.waiting[len(outcomes) :]
            for (_, future), outcome in zip(done, outcomes, strict=True):
                if future.done():
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
        del self._lines[loop]

    async def _commit_some(self, line: _Line[Job, Outcome]) -> Sequence[Outcome | Exception]:
        """Return what came of the first jobs in the line, at least of one."""
        count = len(line.waiting)
        try:
            async with self._places.take():
                count = min(len(line.waiting), MOST_JOBS)
                return await run_in_threadpool(self._commit, [job for job, _ in line.waiting[:count]])
        except Exception as error:  # noqa: BLE001 - it is raised where the jobs came from
            return [error] * count

    def _commit(self, jobs: Sequence[Job]) -> Sequence[Outcome | Exception]:
        try:
            with self._database.transaction() as session:
                return self._work(session, jobs)
        except DATABASE_ERRORS:
            raise
        except Exception:
            if len(jobs) == 1:
                raise
            # One job's mistake is not the others'.
            return [self._commit_one(job) for job in jobs]

    def _commit_one(self, job: Job) -> Outcome | Exception:
        try:
            return self._commit([job])[0]
        except Exception as error:  # noqa: BLE001 - it is raised where the job came from
            return error
