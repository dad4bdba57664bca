"""No more requests at work than there are database connections; the others wait their turn for a while."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diptych.core.db import POOL_TIMEOUT
from diptych.core.errors import DiptychError, UnavailableError


class AdmissionMiddleware:
    """Admit ``limit`` requests at once, and answer 503 after ``POOL_TIMEOUT`` seconds of waiting.

    A request holds a connection over several turns in the thread pool; without a limit, requests that wait
    for a connection could hold every thread that the owners of the connections need to finish.
    The place is given back when the answer starts: its transaction is over then, and streams have
    connections of their own.
    """

    def __init__(self, app: ASGIApp, *, limit: int, refuse: Callable[[Scope, DiptychError], ASGIApp]) -> None:
        self.app = app
        self.places = asyncio.Semaphore(limit)
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        try:
            await asyncio.wait_for(self.places.acquire(), POOL_TIMEOUT)
        except TimeoutError:
            error = UnavailableError("The server is busy; please try again in a moment.", retry_after=1)
            await self.refuse(scope, error)(scope, receive, send)
            return
        admitted = True

        def leave() -> None:
            nonlocal admitted
            if admitted:
                admitted = False
                self.places.release()

        async def send_and_leave(message: Message) -> None:
            if message["type"] == "http.response.start":
                leave()
            await send(message)

        try:
            await self.app(scope, receive, send_and_leave)
        finally:
            leave()
