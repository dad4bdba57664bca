"""A bad connection to the server: every request is delayed, and some requests of a page are lost.

Documents and static files are only delayed, because without them there would be no page to measure.
"""

import asyncio
import random

from starlette.types import ASGIApp, Receive, Scope, Send

from diptych import app

LATENCY_S = 0.3
LOST = 0.02
_SPARED = ("/static/", "/readyz")


def create_app() -> ASGIApp:
    return _Far(app.create_app())


class _Far:
    def __init__(self, near: ASGIApp) -> None:
        self._near = near
        self._chance = random.Random(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(LATENCY_S)
            path = scope["path"]
            is_spared = path.startswith(_SPARED) or path.endswith("/annotate")
            chance = self._chance.random()
            if not is_spared and chance < LOST:
                await _lose(send, breaks_off=chance < LOST / 2)
                return
        await self._near(scope, receive, send)


async def _lose(send: Send, *, breaks_off: bool) -> None:
    """Say that the server is away, or let the connection break before the reply's body is there."""
    status, length = (200, b"1") if breaks_off else (503, b"0")
    headers = [(b"content-length", length), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if not breaks_off:
        await send({"type": "http.response.body", "body": b""})
