"""The protocol with which Chromium is driven, one command at a time.

Playwright cannot go on with a page whose process was killed, nor with a browser that was started again.
"""

import itertools
import json
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.engines.engine import TIMEOUT_S, EngineError

Event = dict[str, Any]


class Wire:
    """A connection to a browser; ``hear`` is told of every event."""

    def __init__(self, connection: ClientConnection, hear: Callable[[Event], None]) -> None:
        self._connection = connection
        self._hear = hear
        self._numbers = itertools.count(1)

    def send(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """Send a command, of a window's session if there is one, and return its result."""
        number = self.post(method, session, **parameters)
        while True:
            message = self._receive(TIMEOUT_S)
            if message.get("id") != number:
                continue
            if "error" in message:
                raise EngineError(f"{method}: {message['error']['message']}")
            return message["result"]

    def post(self, method: str, session: str | None = None, **parameters: Any) -> int:
        """Send a command without waiting for its result, and return its number."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._connection.send(json.dumps(message | ({"sessionId": session} if session else {})))
        return number

    def listen(self, until: Callable[[], bool], what: str) -> None:
        """Hear of events until something is so."""
        while not until():
            try:
                self._receive(TIMEOUT_S)
            except TimeoutError as error:
                raise EngineError(f"Chromium never said: {what}") from error

    def _receive(self, timeout: float) -> dict[str, Any]:
        try:
            message = json.loads(self._connection.recv(timeout=timeout))
        except ConnectionClosed as error:
            raise EngineError("Chromium has ended.") from error
        if "method" in message:
            self._hear(message)
        return message
