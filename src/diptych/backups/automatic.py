"""The backup before a new version migrates the tables."""

from datetime import UTC, datetime
from pathlib import Path

from diptych.backups.service import write_backup
from diptych.core.db import Database
from diptych.core.errors import InvalidError
from diptych.core.settings import Settings

# How many of the newest backups are kept.
KEPT = 3
_REASON = "Migrations do not change pictures."


def back_up_before_migration(database: Database, settings: Settings, revision: str) -> Path:
    """Back up the tables into the data directory before they are migrated to a revision; return the file.

    Raises ``InvalidError`` if that fails.
    """
    folder = settings.data_dir / "backups"
    path = folder / f"before-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.diptych"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_backup(database, path, settings=settings, overwrite=True, without_pictures=_REASON)
        _discard_old(folder)
    except (OSError, InvalidError) as error:
        raise InvalidError(
            f"The database needs a migration, but the backup before it failed: {error} "
            "Nothing was changed. Free disk space, or let this account write to the folder, and start again."
        ) from None
    return path


def _discard_old(folder: Path) -> None:
    backups = sorted(folder.glob("before-*.diptych"), key=lambda path: path.stat().st_mtime)
    for path in backups[:-KEPT]:
        path.unlink()
