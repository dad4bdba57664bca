"""The database engine; all transactions begin and end here."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any
from weakref import WeakSet

import psycopg
import uuid_utils.compat
from pydantic_core import to_json
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from diptych.core.admission import ADMISSION_TIMEOUT
from diptych.core.limits import LONG_REPLY, NO_LIMITS, AsyncBoundedConnection, BoundedConnection, Limits

STREAM_POOL_SIZE = 4
# The errors that any statement raises if the database does not respond.
DATABASE_ERRORS = (
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
# No JIT: compiling a query would take longer than running it.
_OPTIONS = "-c timezone=UTC -c idle_in_transaction_session_timeout=10000 -c jit=off"
_CONNECT: dict[str, Any] = {
    "connect_timeout": 3,
    # A connection notices within a minute that its server is gone, even without a reply timeout.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# The limits of a readiness check, in seconds.
_PROBE = Limits(lock=1, statement=2, reply=2.5)


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def new_id() -> uuid.UUID:
    """Return a version 7 UUID: later ids sort after earlier ones, so indexes grow at one end."""
    return uuid_utils.compat.uuid7()


def compact_json(value: object) -> str:
    """Return ``value`` as JSON text for storage: in its key order and without spaces.

    Raises ``ValueError`` for NaN and infinite numbers, which JSON does not have.
    """
    encoded = to_json(value).decode()
    # The slow encoder tells numbers from texts.
    return _encoder.encode(value) if "NaN" in encoded or "Infinity" in encoded else encoded


def keyed_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the statement values ``rows``, as ``as_rows`` makes them, and ``dataset_ids``, their datasets.

    A statement that joins rows also names their datasets, so that a cluster knows its nodes without parsing
    the rows (see docs/scaling.md).
    """
    return {"rows": as_rows(rows), "dataset_ids": list({row["dataset_id"] for row in rows})}


def as_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as one parameter for ``json_to_recordset`` in the database."""
    return to_json(rows).decode()


def parse_url(address: str) -> URL:
    """Return the SQLAlchemy URL for ``postgres://…`` or ``postgresql://…`` with the driver in use."""
    return make_url(address).set(drivername="postgresql+psycopg")


class Database:
    """A pool of connections to one PostgreSQL database, and the transactions on it.

    ``limits`` are the timeouts of a transaction; streams and work in ``alone`` have longer ones. ``name`` is
    what the database calls the connections.
    """

    def __init__(
        self, address: str, *, pool_size: int = 16, limits: Limits = NO_LIMITS, name: str = "diptych"
    ) -> None:
        self.url = parse_url(address)
        self.pool_size = pool_size
        self._name = name
        self._connections: WeakSet[AsyncBoundedConnection] = WeakSet()
        self.engine = self._create_engine(pool_size, limits)
        # Long streams have separate connections, so that they never starve short requests.
        self._stream_engine = self._create_engine(
            STREAM_POOL_SIZE, Limits(lock=limits.lock, reply=limits.reply and LONG_REPLY)
        )

    def _create_engine(self, pool_size: int, limits: Limits) -> Engine:
        engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=ADMISSION_TIMEOUT,
            json_serializer=compact_json,
            # Errors go to the log, so they have statements without values.
            hide_parameters=True,
            connect_args={**_arguments(limits), "application_name": self._name},
        )

        def connect(_dialect: object, _record: object, _args: object, options: dict[str, Any]) -> Any:
            connection = BoundedConnection.connect(**options)
            connection.limits, connection.reply_timeout = limits, limits.reply
            return connection

        event.listen(engine, "do_connect", connect)
        event.listen(engine, "checkout", _refuse_closed)
        event.listen(engine, "checkin", _begin_anew)
        return engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session that is committed at the end of the block, or rolled back after an error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a read-only session; each statement sees the rows that are committed when it begins.

        A transaction with READ COMMITTED would see the same, with two more round trips.
        """
        with _ReadingSession(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Yield a read-only session that sees one moment of the database, however long it reads."""
        engine = self._stream_engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        with Session(engine) as session, session.begin():
            yield session

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Yield a connection outside the pools and any transaction, for work that takes minutes."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # The connection leaves the pool for good, and the pool opens another one.
        with engine.connect() as connection:
            raw(connection).reply_timeout = None
            connection.detach()
            connection.execute(
                text(
                    "SELECT set_config(name, '0', false) FROM unnest(ARRAY['lock_timeout', "
                    "'statement_timeout']) name"
                )
            )
            yield connection

    async def connect(self, limits: Limits) -> AsyncBoundedConnection:
        """Return a connection for an event loop, outside the pools; the caller closes it."""
        _, options = self.engine.dialect.create_connect_args(self.url)
        connection = await AsyncBoundedConnection.connect(**options, **_arguments(limits), autocommit=True)
        connection.reply_timeout = limits.reply
        self._connections.add(connection)
        return connection

    async def probe(self) -> None:
        """Check that the database responds within seconds, or raise ``psycopg.OperationalError``.

        This uses a separate connection, because all pooled ones may be busy.
        """
        connection = await self.connect(_PROBE)
        try:
            await connection.execute("SELECT 1")
        finally:
            connection.pgconn.finish()

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._stream_engine.dispose()
        for connection in self._connections:
            connection.pgconn.finish()


class _ReadingSession(Session):
    """A session whose connection commits each statement; an engine option for this would be slower."""


@event.listens_for(_ReadingSession, "after_begin")
def _begin_reading(_session: Session, _transaction: object, connection: Connection) -> None:
    raw(connection).autocommit = True


def _begin_anew(connection: Any, _record: object) -> None:
    """Reset the mode and the limits of a connection that returns to the pool."""
    if connection is None or connection.closed:
        return
    connection.reply_timeout = connection.limits.reply
    if connection.autocommit:
        connection.autocommit = False


def take_time(session: Session) -> None:
    """Let the statements of a transaction take minutes, because they process a whole dataset.

    Waits for locks are limited as usual.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    connection = raw(session.connection())
    connection.reply_timeout = connection.limits.reply and LONG_REPLY


def _arguments(limits: Limits) -> dict[str, Any]:
    return {**_CONNECT, "options": f"{_OPTIONS} {limits.options}"}


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool replace a connection that the server has closed.

    The check looks at the socket, because a query would add a round trip to every request.
    """
    if is_closed(connection):
        raise DisconnectionError


def is_closed(connection: Any) -> bool:
    """Return whether an idle psycopg connection is closed, by this process or by the server."""
    if connection.closed:
        return True
    socket = poll()
    socket.register(connection.fileno(), POLLIN)
    return bool(socket.poll(0))


def raw(connection: Connection):  # type: ignore[no-untyped-def]  # noqa: ANN201 - psycopg's own type is generic
    """Return the psycopg connection below ``connection``, for COPY."""
    return connection.connection.driver_connection
