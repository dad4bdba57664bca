"""No more at work than there is room for; the others wait without holding anything, and not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from diptych.core.errors import UnavailableError

# Seconds that a request waits for its turn.
PATIENCE = 3


class Places:
    """So many places that requests take in turn."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Hold a place for the length of the block; raise ``UnavailableError`` if none gets free in time."""
        try:
            await asyncio.wait_for(self._free.acquire(), PATIENCE)
        except TimeoutError:
            raise UnavailableError(
                "The server is busy; please try again in a moment.", retry_after=1
            ) from None
        try:
            yield
        finally:
            self._free.release()


async def database_place(request: Request) -> AsyncIterator[None]:
    """Admit as many requests to the database as it has connections.

    A request holds its connection over several turns in the thread pool; if more were let in, those that wait
    for a connection could hold every thread that the owners of the connections need to finish.
    """
    async with request.app.state.database_places.take():
        yield


async def password_place(request: Request) -> AsyncIterator[None]:
    """Admit as many requests as can hash passwords at once: each hash costs a core and much memory."""
    async with request.app.state.password_places.take():
        yield
