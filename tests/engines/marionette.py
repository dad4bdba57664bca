"""The protocol that Firefox has inside, one command at a time.

Mozilla's own client of it needs a module that Python 3.13 no longer has.
"""

import json
import socket
from types import TracebackType
from typing import Any, Self

from tests.engines.engine import TIMEOUT_S, EngineError


class Marionette:
    """A connection to a Firefox on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=2 * TIMEOUT_S)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()

    def send(self, command: str, **parameters: Any) -> Any:
        """Send a command and return its result."""
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        try:
            self._socket.sendall(b"%d:%s" % (len(message), message))
            _, _, error, result = self._receive()
        except OSError as problem:
            raise EngineError(f"{command}: {problem}") from problem
        if error:
            raise EngineError(f"{command}: {error['error']}: {error['message']}")
        return result

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            if not byte:
                raise EngineError("Firefox has ended.")
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))
