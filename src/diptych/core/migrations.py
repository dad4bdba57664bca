"""Bringing a database to this version's tables."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

from diptych.core.db import Database
from diptych.core.errors import ConflictError
from diptych.core.paths import MIGRATIONS

# Any number will do, as long as every Diptych that starts on the same database uses the same one.
_LOCK = 0xD1971C4


def config() -> Config:
    """Return the Alembic configuration that the command line of Alembic would read from alembic.ini."""
    alembic = Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.set_main_option("path_separator", "os")
    return alembic


def upgrade(database: Database) -> None:
    """Create or alter the tables in one transaction; processes that start together wait for each other.

    Raises ``ConflictError`` if the database was made by a newer version; nothing is changed then.
    """
    alembic = config()
    script = ScriptDirectory.from_config(alembic)
    with database.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        current = MigrationContext.configure(connection).get_current_revision()
        if current == script.get_current_head():
            return
        _refuse_a_newer_database(script, current)
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")


def _refuse_a_newer_database(script: ScriptDirectory, current: str | None) -> None:
    if current is None:
        return
    try:
        script.get_revision(current)
    except CommandError:
        raise ConflictError(
            f"The database is at revision {current}, which this version of Diptych does not know: a newer "
            "version has used it. Nothing was changed; please run that version, or restore a backup."
        ) from None
