"""The engine, and the one place where transactions begin and end."""

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
# What is raised if the database does not answer, whatever it was asked.
DATABASE_ERRORS = (
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
# Compiling a query takes longer than any of ours does.
_OPTIONS = "-c timezone=UTC -c idle_in_transaction_session_timeout=10000 -c jit=off"
_CONNECT: dict[str, Any] = {
    "connect_timeout": 3,
    # A server that is gone without a word is missed within a minute, also by who waits without a limit.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# Seconds that the database has to say that it is there.
_PROBE = Limits(lock=1, statement=2, reply=2.5)


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def new_id() -> uuid.UUID:
    """Return a version 7 UUID: later ids sort after earlier ones, so indexes grow at one end."""
    return uuid_utils.compat.uuid7()


def compact_json(value: object) -> str:
    """Return ``value`` as JSON text in its own key order, without spaces, as it is stored.

    Raises ``ValueError`` for NaN and infinite numbers, which JSON does not have.
    """
    encoded = to_json(value).decode()
    # As a number or within a text: the slow encoder tells.
    return _encoder.encode(value) if "NaN" in encoded or "Infinity" in encoded else encoded


def keyed_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values ``rows``, as ``as_rows`` has them, and ``dataset_ids``, which they belong to.

    A statement that joins rows names their datasets as well: it is then known which nodes have what it is
    about, without taking the rows apart (see docs/scaling.md).
    """
    return {"rows": as_rows(rows), "dataset_ids": list({row["dataset_id"] for row in rows})}


def as_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as one parameter, which ``json_to_recordset`` takes apart in the database."""
    return to_json(rows).decode()


def parse_url(address: str) -> URL:
    """Return the SQLAlchemy URL of ``postgres://…`` or ``postgresql://…`` for the driver in use."""
    return make_url(address).set(drivername="postgresql+psycopg")


class Database:
    """A pool of connections to one PostgreSQL database, and the transactions on it.

    ``limits`` say how long a transaction waits; streams and what is done alone wait longer.
    """

    def __init__(self, address: str, *, pool_size: int = 16, limits: Limits = NO_LIMITS) -> None:
        self.url = parse_url(address)
        self.pool_size = pool_size
        self._connections: WeakSet[AsyncBoundedConnection] = WeakSet()
        self.engine = self._create_engine(pool_size, limits)
        # Long streams have connections of their own: they never starve the short requests.
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
            # Errors go to the log: what was asked, not with which values.
            hide_parameters=True,
            connect_args=_arguments(limits),
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
        """Yield a session whose work is committed at the end, or rolled back if an error leaves the block."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session for looking only: each statement sees what is committed when it begins.

        A transaction would see the same (its isolation is READ COMMITTED), after two more round trips.
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
        """Yield a connection outside of the pools and of any transaction, for work that takes minutes."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # Taken out of the pool for good: another one takes its place there.
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
        """Return a connection for an event loop, outside of the pools: the caller closes it."""
        _, options = self.engine.dialect.create_connect_args(self.url)
        connection = await AsyncBoundedConnection.connect(**options, **_arguments(limits), autocommit=True)
        connection.reply_timeout = limits.reply
        self._connections.add(connection)
        return connection

    async def probe(self) -> None:
        """Ask the database for an answer; raise ``psycopg.OperationalError`` if there is none in seconds.

        It is asked over a connection of its own: those of the pool may all be at work.
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
    """A session whose connection commits each statement; as an option of the engine it would cost more."""


@event.listens_for(_ReadingSession, "after_begin")
def _begin_reading(_session: Session, _transaction: object, connection: Connection) -> None:
    raw(connection).autocommit = True


def _begin_anew(connection: Any, _record: object) -> None:
    """Give a connection back as it was: in no mode of its own, and with the usual limits."""
    if connection is None or connection.closed:
        return
    connection.reply_timeout = connection.limits.reply
    if connection.autocommit:
        connection.autocommit = False


def take_time(session: Session) -> None:
    """Let the statements of a transaction take minutes: they work on all of a dataset.

    What others hold is waited for as usual.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    connection = raw(session.connection())
    connection.reply_timeout = connection.limits.reply and LONG_REPLY


def _arguments(limits: Limits) -> dict[str, Any]:
    return {**_CONNECT, "options": f"{_OPTIONS} {limits.options}"}


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool replace a connection that the server has closed, which then has something to say.

    That is seen without asking the server, which would be a round trip more for every request.
    """
    if is_closed(connection):
        raise DisconnectionError


def is_closed(connection: Any) -> bool:
    """Say whether a psycopg connection that does nothing is closed, by us or by the server."""
    if connection.closed:
        return True
    socket = poll()
    socket.register(connection.fileno(), POLLIN)
    return bool(socket.poll(0))


def raw(connection: Connection):  # type: ignore[no-untyped-def]  # noqa: ANN201 - psycopg's own type is generic
    """Return the psycopg connection below ``connection``, for COPY."""
    return connection.connection.driver_connection
