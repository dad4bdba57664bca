"""One transaction for what many requests want at the same time: the disk is waited for once.

A group waits for what others hold for a moment only. If that is not enough it is rolled back, and its jobs
are set aside, apart for each part of the data: a dataset, for instance. There a job that has to wait is found
out and tried again, and those beside it are done at once. Jobs that come meanwhile for the same part go there
too, so that the groups of all the others go on.
"""

import asyncio
from asyncio import AbstractEventLoop, Event, Future, Semaphore, Task, get_running_loop
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Generic, Protocol, TypeVar

from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled

from diptych.core.db import DATABASE_ERRORS, Database, is_closed
from diptych.core.errors import UnavailableError
from diptych.core.limits import AsyncBoundedConnection, Limits
from diptych.core.statements import Plan, run_and_commit

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")
_Job_contra = TypeVar("_Job_contra", contravariant=True)
_Outcome_co = TypeVar("_Outcome_co", covariant=True)

# As many as one transaction takes: those behind them are not to wait for long.
MAX_JOBS = 64
# Transactions at a time: while the database is at work for one, Python is for the other.
WRITERS = 2
# More of them for what is set aside: for the parts of the data, and for jobs that are tried alone.
ASIDE_WRITERS = 4
ALONE_WRITERS = 2
# Seconds after which a caller is told to come back; a job that has not begun by then is never done.
SUBMIT_TIMEOUT = 5.0
GROUP_LIMITS = Limits(lock=0.1, statement=SUBMIT_TIMEOUT, reply=SUBMIT_TIMEOUT + 1)
# Seconds until a job that has to wait is tried again, and for how long its part of the data stays aside:
# callers who were told to come back do so.
RETRY_EVERY = 0.05
ASIDE_FOR = 10.0
# What says that a group waited in vain for another transaction.
_HELD_UP = (LockNotAvailable, DeadlockDetected, QueryCanceled)


class BlockedError(Exception):
    """A job needs what another transaction holds, so nothing was done of it."""


class Work(Protocol[_Job_contra, _Outcome_co]):
    """Returns the plan that does jobs, whose result is what came of each, or the error that it ends in.

    Without ``waits``, a job that would have to wait for another transaction ends in ``BlockedError``, as far
    as that can be told beforehand.
    """

    def __call__(  # noqa: D102
        self, jobs: Sequence[_Job_contra], /, *, waits: bool
    ) -> Plan[Sequence[_Outcome_co | Exception]]: ...


@dataclass(eq=False)
class _Submitted(Generic[Job, Outcome]):
    """A job, and whom to tell what came of it."""

    job: Job
    future: Future[Outcome]

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.future.done()

    def settle(self, outcome: Outcome | Exception) -> None:
        """Tell what came of it."""
        if self.is_over:
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


@dataclass
class _Aside(Generic[Job, Outcome]):
    """The jobs of a part of the data in which some have to wait.

    Those of ``loners`` hold up others, so each is tried alone. It goes on ``until`` a time of the event loop.
    """

    waiting: list[_Submitted[Job, Outcome]] = field(default_factory=list)
    loners: set[Hashable] = field(default_factory=set)
    has_more: Event = field(default_factory=Event)
    until: float = 0.0

    def keep(self) -> None:
        """Stay for a while: somebody had to wait just now."""
        self.until = get_running_loop().time() + ASIDE_FOR


@dataclass
class _Line(Generic[Job, Outcome]):
    """The jobs that wait in an event loop, those who take them from there, and connections not in use."""

    waiting: list[_Submitted[Job, Outcome]] = field(default_factory=list)
    writers: set[Task[None]] = field(default_factory=set)
    busy: int = 0
    idle: list[AsyncBoundedConnection] = field(default_factory=list)
    asides: dict[Hashable, _Aside[Job, Outcome]] = field(default_factory=dict)
    aside_writers: set[Task[None]] = field(default_factory=set)
    aside_places: Semaphore = field(default_factory=lambda: Semaphore(ASIDE_WRITERS))
    alone_places: Semaphore = field(default_factory=lambda: Semaphore(ALONE_WRITERS))
    is_closing: bool = False


class GroupCommit(Generic[Job, Outcome]):
    """Gathers the jobs that come while transactions are on their way, and does them in the next one.

    ``part_of`` says which part of the data a job is about, and ``caller_of`` whose it is.
    """

    def __init__(
        self,
        database: Database,
        work: Work[Job, Outcome],
        *,
        part_of: Callable[[Job], Hashable],
        caller_of: Callable[[Job], Hashable],
    ) -> None:
        self._database = database
        self._work = work
        self._part_of = part_of
        self._caller_of = caller_of
        self._lines: dict[AbstractEventLoop, _Line[Job, Outcome]] = {}

    async def submit(self, job: Job) -> Outcome:
        """Return what came of a job once that is committed, or raise the error that it ended in.

        Raises ``UnavailableError`` after ``SUBMIT_TIMEOUT`` seconds; what has begun may still be done.
        """
        loop = get_running_loop()
        submitted = _Submitted[Job, Outcome](job, loop.create_future())
        self._forget_ended()
        line = self._lines.setdefault(loop, _Line())
        if line.asides and self._part_of(job) in line.asides:
            self._set_aside(line, submitted)
        else:
            line.waiting.append(submitted)
            if len(line.writers) < WRITERS:
                _start(line.writers, self._write(line))
        try:
            async with asyncio.timeout(SUBMIT_TIMEOUT):
                return await submitted.future
        except TimeoutError:
            raise UnavailableError(
                "The server is busy; please try again in a moment.", retry_after=1
            ) from None

    def _forget_ended(self) -> None:
        """Close the connections of event loops that have ended without ``close``."""
        for loop in [loop for loop in self._lines if loop.is_closed()]:
            for connection in self._lines.pop(loop).idle:
                connection.pgconn.finish()

    async def close(self) -> None:
        """Finish what is on its way in this event loop, and close its connections."""
        line = self._lines.pop(get_running_loop(), None)
        if line:
            line.is_closing = True
            await asyncio.gather(*line.writers)
            for aside in line.asides.values():
                aside.has_more.set()
            await asyncio.gather(*line.aside_writers)
            for connection in line.idle:
                await connection.close()

    async def _write(self, line: _Line[Job, Outcome]) -> None:
        # What comes in the same turn of the event loop goes together.
        await asyncio.sleep(0)
        while line.waiting:
            # Whoever has nothing to do takes a share.
            share = min(MAX_JOBS, ceil(len(line.waiting) / (WRITERS - line.busy)))
            some, line.waiting = line.waiting[:share], line.waiting[share:]
            line.busy += 1
            held_up = await self._do(line, some, waits=True)
            line.busy -= 1
            for one in held_up:
                self._set_aside(line, one)

    def _set_aside(self, line: _Line[Job, Outcome], one: _Submitted[Job, Outcome]) -> None:
        part = self._part_of(one.job)
        aside = line.asides.get(part)
        if aside is None:
            aside = line.asides[part] = _Aside()
            aside.keep()
            _start(line.aside_writers, self._write_aside(line, part, aside))
        if self._caller_of(one.job) in aside.loners:
            _start(line.aside_writers, self._write_alone(line, aside, one))
            return
        aside.waiting.append(one)
        aside.has_more.set()

    async def _write_aside(
        self, line: _Line[Job, Outcome], part: Hashable, aside: _Aside[Job, Outcome]
    ) -> None:
        loop = get_running_loop()
        while aside.waiting or (loop.time() < aside.until and not line.is_closing):
            aside.has_more.clear()
            some, aside.waiting = aside.waiting, []
            for start in range(0, len(some), MAX_JOBS):
                async with line.aside_places:
                    held_up = await self._do(line, some[start : start + MAX_JOBS], waits=False)
                for one, is_blocked in held_up.items():
                    aside.keep()
                    if is_blocked:
                        aside.waiting.append(one)
                    else:
                        _start(line.aside_writers, self._write_alone(line, aside, one))
            is_soon = aside.waiting or line.is_closing
            pause = RETRY_EVERY if is_soon else aside.until - loop.time()
            with suppress(TimeoutError):
                await asyncio.wait_for(aside.has_more.wait(), pause)
        del line.asides[part]

    async def _write_alone(
        self, line: _Line[Job, Outcome], aside: _Aside[Job, Outcome], one: _Submitted[Job, Outcome]
    ) -> None:
        while not one.is_over:
            async with line.alone_places:
                held_up = await self._do(line, [one], waits=False)
            if held_up:
                aside.keep()
                aside.loners.add(self._caller_of(one.job))
                await asyncio.sleep(RETRY_EVERY)

    async def _do(
        self, line: _Line[Job, Outcome], some: Sequence[_Submitted[Job, Outcome]], *, waits: bool
    ) -> dict[_Submitted[Job, Outcome], bool]:
        """Do jobs and tell their callers; return those that have to wait, and whether each of them has to.

        Otherwise some of them held up the whole group.
        """
        some = [one for one in some if not one.is_over]
        outcomes = await self._commit(line, [one.job for one in some], waits=waits) if some else []
        held_up = {}
        for one, outcome in zip(some, outcomes, strict=True):
            if isinstance(outcome, (BlockedError, *_HELD_UP)):
                held_up[one] = isinstance(outcome, BlockedError)
            else:
                one.settle(outcome)
        return held_up

    async def _commit(
        self, line: _Line[Job, Outcome], jobs: Sequence[Job], *, waits: bool
    ) -> Sequence[Outcome | Exception]:
        """Do jobs in one transaction; return what came of each, or the error that it ended in."""
        try:
            async with self._connection(line) as connection:
                return await run_and_commit(connection, self._work(jobs, waits=waits))
        except DATABASE_ERRORS as error:
            return [error] * len(jobs)
        except Exception as error:  # noqa: BLE001 - it is raised where the job came from
            # One job's mistake is not the others'.
            return (
                [error]
                if len(jobs) == 1
                else [(await self._commit(line, [job], waits=waits))[0] for job in jobs]
            )

    @asynccontextmanager
    async def _connection(self, line: _Line[Job, Outcome]) -> AsyncIterator[AsyncBoundedConnection]:
        """Yield a connection that is not in use; the line keeps as many of them as it has writers."""
        while line.idle and is_closed(line.idle[-1]):
            await line.idle.pop().close()
        connection = line.idle.pop() if line.idle else await self._database.connect(GROUP_LIMITS)
        try:
            yield connection
        finally:
            if len(line.idle) < WRITERS:
                line.idle.append(connection)
            else:
                await connection.close()


def _start(tasks: set[Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Start a task that is among ``tasks`` until it ends."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
