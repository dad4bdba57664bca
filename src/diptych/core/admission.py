"""Limits on concurrent requests: further requests wait for a limited time, without holding resources.

Streams take minutes, so those beyond the limit are refused at once.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Lock

from starlette.requests import Request

from diptych.core.addresses import client_address, network_of
from diptych.core.errors import TooManyRequestsError, UnavailableError

# How long a request waits for its turn, in seconds.
ADMISSION_TIMEOUT = 3
# More waiting requests of one caller would reach this timeout anyway.
MAX_WAITING_PER_CALLER = 50
# When to try again for a download, in seconds.
_RETRY_DOWNLOAD = 10

_Queues = OrderedDict[Hashable, deque[asyncio.Future[None]]]


class ConcurrencyLimit:
    """Admits at most ``count`` requests at once; others wait for their turn."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for a turn and keep it during the block; raise ``UnavailableError`` if none comes in time."""
        try:
            await asyncio.wait_for(self._free.acquire(), ADMISSION_TIMEOUT)
        except TimeoutError:
            raise _busy() from None
        try:
            yield
        finally:
            self._free.release()


class FairConcurrencyLimit:
    """Admits at most ``count`` requests at once; waiting callers take turns, and known ones go first.

    So a caller with hundreds of requests delays only themselves.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._known: _Queues = OrderedDict()
        self._unknown: _Queues = OrderedDict()

    @asynccontextmanager
    async def take(self, caller: Hashable, *, is_known: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and keep it during the block; raise ``UnavailableError`` if none comes in time."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(self._known if is_known else self._unknown, caller)
        try:
            yield
        finally:
            self._release()

    async def _wait(self, queues: _Queues, caller: Hashable) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = queues.setdefault(caller, deque())
        if len(queue) >= MAX_WAITING_PER_CALLER:
            raise _busy()
        queue.append(turn)
        try:
            await asyncio.wait([turn], timeout=ADMISSION_TIMEOUT)
        except asyncio.CancelledError:
            if turn.done():
                self._release()
            else:
                _leave(queues, caller, turn)
            raise
        if not turn.done():
            _leave(queues, caller, turn)
            raise _busy()

    def _release(self) -> None:
        for queues in (self._known, self._unknown):
            if queues:
                caller, queue = queues.popitem(last=False)
                queue.popleft().set_result(None)
                if queue:
                    queues[caller] = queue
                return
        self._free += 1


class DownloadLimit:
    """Admits at most ``count`` downloads at once, ``share`` of them of the same caller; refuses others."""

    def __init__(self, count: int, *, share: int) -> None:
        self._count = count
        self._share = share
        self._running: Counter[Hashable] = Counter()
        self._lock = Lock()

    @contextmanager
    def take(self, caller: Hashable) -> Iterator[None]:
        """Count as a download of the caller during the block.

        Raises ``TooManyRequestsError`` if the caller has their share already, and ``UnavailableError`` if all
        callers together have reached the limit.
        """
        with self._lock:
            self._check(caller)
            self._running[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[caller] -= 1
                # Drops the callers without downloads.
                self._running = +self._running

    def _check(self, caller: Hashable) -> None:
        if self._running[caller] >= self._share:
            message = f"You already have {self._share} downloads running. Wait until one ends, or cancel one."
            raise TooManyRequestsError(message, retry_after=_RETRY_DOWNLOAD)
        if self._running.total() >= self._count:
            message = "Other users are downloading as much as the server can send. Please try again soon."
            raise UnavailableError(message, retry_after=_RETRY_DOWNLOAD)


def _leave(queues: _Queues, caller: Hashable, turn: asyncio.Future[None]) -> None:
    queues[caller].remove(turn)
    if not queues[caller]:
        del queues[caller]


def _busy() -> UnavailableError:
    return UnavailableError("The server is busy; please try again in a moment.", retry_after=1)


async def limit_database(request: Request) -> AsyncIterator[None]:
    """Admit as many requests to the database as it has connections.

    A request holds its connection over several turns in the thread pool. With more requests, those that wait
    for a connection could take all threads that the holders of connections need to finish.
    """
    async with request.app.state.database_limit.take():
        yield


async def limit_passwords(request: Request) -> AsyncIterator[None]:
    """Admit as many requests as can hash passwords at once: each hash takes a core and much memory."""
    limit: FairConcurrencyLimit = request.app.state.password_limit
    async with limit.take(network_of(client_address(request))):
        yield
