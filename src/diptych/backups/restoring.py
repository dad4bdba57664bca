"""Restoring a backup: everything or nothing, and never while other processes use the database."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from diptych.backups import tables
from diptych.backups.archive import PICTURES, TABLES, members, pieces_of
from diptych.backups.manifest import Manifest
from diptych.backups.pictures import put_back
from diptych.backups.progress import OnProgress, silent
from diptych.core import migrations
from diptych.core.db import Database
from diptych.core.errors import ConflictError, InvalidError
from diptych.core.settings import Settings
from diptych.jobs.service import end_elsewhere

_COUNT_OTHERS = text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
""")
_LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '5s'")


def is_empty(database: Database) -> bool:
    """Return whether a database has neither datasets nor users."""
    with database.engine.connect() as connection:
        return not any(_has_rows(connection, name) for name in ("datasets", "users"))


def restore(
    database: Database,
    path: Path,
    manifest: Manifest,
    *,
    settings: Settings,
    on_progress: OnProgress = silent,
) -> None:
    """Replace everything in a database with a backup that ``check_backup`` has verified.

    The tables change in one transaction: if anything fails, or the process dies, they stay as before. Tables
    of an older version are migrated to this one. Pictures are stored first, and existing ones stay: rows
    refer to pictures only by their content.

    Raises ``ConflictError`` if other processes use the database, or a newer version made its tables, and
    ``InvalidError`` if the database rejects the rows or the disk the files.
    """
    try:
        with database.engine.begin() as connection:
            _refuse_others(connection)
        _restore_pictures(path, manifest, settings.media_dir, on_progress)
        with database.engine.begin() as connection:
            _restore_tables(connection, path, manifest, on_progress)
    except (DBAPIError, psycopg.Error) as error:
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        raise InvalidError(f"The database rejected the backup: {reason}. Nothing was changed.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidError(f"The backup cannot be restored: {error}. Nothing was changed.") from None
    with database.alone() as connection:
        connection.execute(text("ANALYZE"))


def _restore_pictures(path: Path, manifest: Manifest, media_dir: Path, on_progress: OnProgress) -> None:
    number = 0
    for name, content in members(path):
        folder, _, file_name = name.partition("/")
        if folder == PICTURES:
            put_back(media_dir, file_name, content)
            number += 1
            on_progress("Pictures", number, manifest.pictures.files)


def _restore_tables(connection: Connection, path: Path, manifest: Manifest, on_progress: OnProgress) -> None:
    migrations.lock(connection)
    connection.execute(_LOCK_TIMEOUT)
    if current := migrations.current_revision(connection):
        migrations.refuse_newer(current)
    # From here on, other connections wait for the locks of this transaction.
    tables.make_empty(connection, manifest.revision)
    _refuse_others(connection)
    done, total = 0, sum(table.rows for table in manifest.tables)
    known = tables.find_known(connection, manifest.tables)
    with tables.filled_first(connection, known):
        for name, content in _chunks(path):
            if table := known.get(name):
                with gzip.open(content) as rows:
                    done += tables.copy_in(connection, table, pieces_of(rows))
                on_progress("Rows", done, total)
    migrations.migrate(connection, migrations.head())
    end_elsewhere(connection)


def _chunks(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the table name and the compressed rows of each chunk."""
    for name, content in members(path):
        folder, _, rest = name.partition("/")
        if folder == TABLES:
            yield rest.partition("/")[0], content


def _has_rows(connection: Connection, table: str) -> bool:
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is None:
        return False
    return bool(connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table})")))  # noqa: S608 - our own names


def _refuse_others(connection: Connection) -> None:
    if others := connection.scalar(_COUNT_OTHERS):
        raise ConflictError(
            f"{others} other connections are using the database. Stop every server and command that uses it, "
            "and try again; nothing was changed."
        )
