"""Migrating a database to this version's tables."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from diptych.core.db import Database
from diptych.core.errors import ConflictError
from diptych.core.paths import MIGRATIONS

# An arbitrary number that all Diptych processes on the same database share.
_LOCK = 0xD1971C4
# The limits for requests, which would end work that takes minutes.
_LIMITS = ("idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout")


def config() -> Config:
    """Return the same Alembic configuration as alembic.ini."""
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.set_main_option("path_separator", "os")
    return alembic


def upgrade(database: Database, *, before: Callable[[str, str], None] = lambda _current, _head: None) -> None:
    """Create or migrate the tables in one transaction; processes that start together wait for each other.

    ``before`` is called with the current and the new revision; if it raises, nothing is changed. Raises
    ``ConflictError`` if a newer version has migrated the database.
    """
    with database.engine.begin() as connection:
        lock(connection)
        current = current_revision(connection)
        if current == head():
            return
        if current is not None:
            refuse_newer(current)
            before(current, head())
        migrate(connection, head())


def lock(connection: Connection) -> None:
    """Lock the tables until the transaction ends, however long it takes.

    Servers and commands that start meanwhile wait.
    """
    lift_limits(connection)
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def lift_limits(connection: Connection) -> None:
    """Remove the time limits of requests from this transaction."""
    for limit in _LIMITS:
        connection.execute(text(f"SET LOCAL {limit} = 0"))


def migrate(connection: Connection, revision: str) -> None:
    """Migrate the tables up to a revision, within the caller's transaction."""
    alembic = config()
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, revision)


def drop(connection: Connection) -> None:
    """Drop the tables, within the caller's transaction; tables of other programs stay."""
    alembic = config()
    alembic.attributes["connection"] = connection
    command.downgrade(alembic, "base")


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the tables, or None without tables."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the revision of this version's tables."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def is_known(revision: str) -> bool:
    """Return whether a revision belongs to this version or an older one."""
    return revision in {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def refuse_newer(current: str) -> None:
    """Raise ``ConflictError`` if the revision belongs to a newer version."""
    if not is_known(current):
        raise ConflictError(
            f"The database is at revision {current}, which this version of Diptych does not know: a newer "
            "version has used it. Nothing was changed; please run that version, or restore a backup."
        )
