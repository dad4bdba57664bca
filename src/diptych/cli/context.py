"""What every command needs: the settings, a migrated database, and errors that are sentences."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from diptych.core import migrations, postgres
from diptych.core.db import Database
from diptych.core.settings import Settings, get_settings
from diptych.users.service import ensure_default_workspace

# Results go to stdout, everything said about them to stderr.
messages = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """Yield the address of the configured database, or of the embedded server, which then runs meanwhile."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with postgres.running(settings.data_dir, progress=_say) as address:
        yield address


@contextmanager
def open_database() -> Iterator[Database]:
    """Yield the database with this version's tables and the default workspace in it."""
    settings = get_settings()
    with database_url(settings) as address:
        database = Database(address, pool_size=2)
        try:
            prepare(database)
            yield database
        finally:
            database.dispose()


def prepare(database: Database) -> None:
    """Bring the tables to this version, and make sure that there is a workspace."""
    migrations.upgrade(database)
    with database.transaction() as session:
        ensure_default_workspace(session)


def read_password() -> str:
    """Return the password that was piped into the command, without the end of its line."""
    return sys.stdin.readline().rstrip("\r\n")


def _say(message: str) -> None:
    messages.print(message, style="dim")
