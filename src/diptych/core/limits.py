"""Timeouts for the database: every wait of a request ends, whatever the database does.

The server ends waits for locks and long statements. If the server hangs, or the network is cut, the
connection itself stops waiting and is closed.
"""

from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psycopg


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a connection waits, in seconds; None means without a limit.

    ``lock`` limits waiting for another transaction, ``statement`` a whole statement with its locks, and
    ``reply`` the wait for any data from the server. ``reply`` has to be the longest.
    """

    lock: float | None = None
    statement: float | None = None
    reply: float | None = None

    @property
    def options(self) -> str:
        """The startup options of a connection, which set the limits on the server."""
        limits = {"lock_timeout": self.lock, "statement_timeout": self.statement}
        return " ".join(f"-c {name}={int(1000 * (limit or 0))}" for name, limit in limits.items())


# Imports, migrations and commands have no limits.
NO_LIMITS = Limits()
# A request that waits for its turn at the database, connects, or waits for a reply, ends within ten seconds.
REQUEST_LIMITS = Limits(lock=3, statement=6, reply=6.5)
# The reply timeout of a request that processes or streams a whole dataset, in seconds.
LONG_REPLY = 600.0


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that closes after waiting ``reply_timeout`` seconds for its server."""

    limits = NO_LIMITS
    reply_timeout: float | None = None

    def wait(self, gen: Any, *more: Any, **options: Any) -> Any:
        """Run psycopg's network steps; raise ``psycopg.OperationalError`` if no reply comes in time."""
        return super().wait(_within(self.reply_timeout, gen, self), *more, **options)


class AsyncBoundedConnection(psycopg.AsyncConnection[Any]):
    """A ``BoundedConnection`` for an event loop."""

    reply_timeout: float | None = None

    async def wait(self, gen: Any, *more: Any, **options: Any) -> Any:
        """Wait like ``BoundedConnection.wait``."""
        return await super().wait(_within(self.reply_timeout, gen, self), *more, **options)


def _within(
    seconds: float | None,
    steps: Generator[Any, Any, Any],
    connection: BoundedConnection | AsyncBoundedConnection,
) -> Generator[Any, Any, Any]:
    """Pass events between psycopg and its caller; a falsy event means that nothing arrived."""
    if seconds is None:
        return (yield from steps)
    deadline = monotonic() + seconds
    try:
        wanted = next(steps)
        while True:
            came = yield wanted
            if not came and monotonic() > deadline:
                # A late reply would belong to a request that has ended, so the connection is closed.
                connection.pgconn.finish()
                raise psycopg.OperationalError(f"no reply from the database within {seconds} s")
            wanted = steps.send(came)
    except StopIteration as end:
        return end.value
