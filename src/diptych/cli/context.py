"""What all commands need: the settings, a migrated database, messages and progress bars."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from diptych.backups.automatic import back_up_before_migration
from diptych.backups.progress import OnProgress
from diptych.core import migrations, postgres
from diptych.core.db import Database
from diptych.core.errors import NotFoundError
from diptych.core.settings import Settings, get_settings
from diptych.users.service import ensure_default_workspace

# Results go to stdout, messages to stderr.
messages = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def database_url(settings: Settings, *, alone: bool = False) -> Iterator[str]:
    """Yield the address of the configured database, or of the embedded server, which runs during the block.

    ``alone`` refuses an embedded server that other commands use.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    with postgres.running(settings.data_dir, alone=alone, progress=_say) as address:
        yield address


@contextmanager
def connected(settings: Settings, *, alone: bool = False) -> Iterator[Database]:
    """Yield the database without migrating its tables."""
    with database_url(settings, alone=alone) as address:
        database = Database(address, pool_size=2)
        try:
            yield database
        finally:
            database.dispose()


@contextmanager
def open_database() -> Iterator[Database]:
    """Yield the database with this version's tables and the default workspace."""
    settings = get_settings()
    with connected(settings) as database:
        prepare(database, settings)
        yield database


@contextmanager
def existing_database(settings: Settings) -> Iterator[Database]:
    """Yield the existing database without migrating it, or raise ``NotFoundError``."""
    if settings.database_url is None and not postgres.exists(settings.data_dir):
        raise NotFoundError(
            f"There is no Diptych data in {settings.data_dir.resolve()}. "
            "Set DIPTYCH_DATA_DIR to the right folder."
        )
    with connected(settings) as database:
        yield database


def prepare(database: Database, settings: Settings) -> None:
    """Migrate the tables to this version, and create the default workspace if needed.

    An embedded database is backed up before its migration; if the backup fails, nothing changes.
    """

    def back_up(_current: str, revision: str) -> None:
        if settings.database_url is None:
            path = back_up_before_migration(database, settings, revision)
            messages.print(f"Backed up the database before migrating it: {path}", markup=False)
        else:
            messages.print(
                "Migrating the database of DIPTYCH_DATABASE_URL, which is not backed up automatically."
            )

    migrations.upgrade(database, before=back_up)
    with database.transaction() as session:
        ensure_default_workspace(session)


@contextmanager
def progress_bar() -> Iterator[OnProgress]:
    """Yield a function that reports progress; each step has a line while it runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as bar:
        tasks = {}

        def on_progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step)
            bar.update(tasks[step], completed=done, total=total)

        yield on_progress


def read_password() -> str:
    """Return the password from standard input, without the line end."""
    return sys.stdin.readline().rstrip("\r\n")


def _say(message: str) -> None:
    messages.print(message, style="dim")
