"""How long the database is waited for: every wait of a request ends, whatever the database does.

The server ends a wait for a lock, and a statement that takes too long. A server that is frozen, or behind a
network that is cut, ends nothing: there the connection itself stops waiting, and is closed.
"""

from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psycopg


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a connection waits, in seconds; without a limit for as long as it takes.

    ``lock`` is for what another transaction holds, ``statement`` for the work of a statement, locks included,
    and ``reply`` for any sign of the server. ``reply`` has to be the longest.
    """

    lock: float | None = None
    statement: float | None = None
    reply: float | None = None

    @property
    def options(self) -> str:
        """What the server is told when a connection begins."""
        limits = {"lock_timeout": self.lock, "statement_timeout": self.statement}
        return " ".join(f"-c {name}={int(1000 * (limit or 0))}" for name, limit in limits.items())


# Imports, migrations and commands take the time that they take.
NO_LIMITS = Limits()
# A request that waits for its turn at the database, connects, or waits for a reply, ends within ten seconds.
REQUEST_LIMITS = Limits(lock=3, statement=6, reply=6.5)
# What a request is entitled to that works on all of a dataset, or streams it.
LONG_REPLY = 600.0


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when it has waited ``reply_timeout`` seconds for its server."""

    limits = NO_LIMITS
    reply_timeout: float | None = None

    def wait(self, gen: Any, *more: Any, **options: Any) -> Any:
        """Drive what psycopg does on the network; raise ``psycopg.OperationalError`` if no reply comes."""
        return super().wait(_within(self.reply_timeout, gen, self), *more, **options)


class AsyncBoundedConnection(psycopg.AsyncConnection[Any]):
    """The same for an event loop."""

    reply_timeout: float | None = None

    async def wait(self, gen: Any, *more: Any, **options: Any) -> Any:
        """Do as ``BoundedConnection.wait`` does."""
        return await super().wait(_within(self.reply_timeout, gen, self), *more, **options)


def _within(
    seconds: float | None,
    steps: Generator[Any, Any, Any],
    connection: BoundedConnection | AsyncBoundedConnection,
) -> Generator[Any, Any, Any]:
    """Pass on what psycopg waits for and what came; what is sent without anything having come is falsy."""
    if seconds is None:
        return (yield from steps)
    deadline = monotonic() + seconds
    try:
        wanted = next(steps)
        while True:
            came = yield wanted
            if not came and monotonic() > deadline:
                # What it may still say belongs to a request that has ended.
                connection.pgconn.finish()
                raise psycopg.OperationalError(f"no reply from the database within {seconds} s")
            wanted = steps.send(came)
    except StopIteration as end:
        return end.value
