"""Writing a backup while the server runs."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from diptych import __version__
from diptych.backups import tables
from diptych.backups.archive import MANIFEST, PICTURES, TABLES, ArchiveWriter, pieces_of
from diptych.backups.manifest import Manifest, Pictures
from diptych.backups.pictures import PictureList
from diptych.backups.progress import OnProgress, silent
from diptych.core import migrations
from diptych.core.db import Database
from diptych.core.errors import ConflictError, InvalidError, NotFoundError
from diptych.core.files import replacement_of
from diptych.core.settings import Settings

# Settings that change how a server behaves for users; addresses of databases and folders do not.
_SETTINGS = {
    "base_url",
    "session_days",
    "invitation_hours",
    "lease_seconds",
    "max_upload_mb",
    "max_batch_mb",
    "max_image_megapixels",
}
# A backup has the hashes of passwords, keys and sessions.
_PRIVATE = 0o600
# The fastest compression, because annotators need the processors.
_COMPRESSION = 1


def write_backup(
    database: Database,
    path: Path,
    *,
    settings: Settings,
    overwrite: bool = False,
    allow_missing: bool = False,
    without_pictures: str | None = None,
    on_progress: OnProgress = silent,
) -> Manifest:
    """Write a snapshot of the tables, and every picture that they refer to, into a file.

    It reads a snapshot with a reader's locks only, so annotators do not wait for it. Memory does not grow
    with the database. ``without_pictures`` is the reason for leaving out the pictures.

    Raises ``ConflictError`` if the file exists without ``overwrite``, or if a newer version made the tables,
    ``NotFoundError`` if there are no tables, and ``InvalidError`` if a picture is missing without
    ``allow_missing``, or if the file cannot be written. After an error, no file is left.
    """
    if path.exists() and not overwrite:
        raise ConflictError(f"{path} already exists. Choose another name, or replace it with --force.")
    try:
        with replacement_of(path.resolve(), mode=_PRIVATE) as file, PictureList() as pictures:
            archive = ArchiveWriter(file)
            with _snapshot(database) as session:
                if without_pictures is None:
                    pictures.add_all(session, settings.media_dir)
                if pictures.first_missing and not allow_missing:
                    raise _missing(pictures.totals, pictures.first_missing)
                pictures.totals.reason = without_pictures
                manifest = _describe(session.connection(), settings, pictures.totals)
                _write_manifest(archive, manifest)
                _write_tables(archive, session.connection(), manifest, on_progress)
            _write_pictures(archive, settings.media_dir, pictures, on_progress)
            archive.end()
    except OSError as error:
        raise InvalidError(f"The backup {path} cannot be written: {error.strerror}.") from None
    return manifest


@contextmanager
def _snapshot(database: Database) -> Iterator[Session]:
    with database.snapshot() as session:
        migrations.lift_limits(session.connection())
        current = migrations.current_revision(session.connection())
        if current is None:
            raise NotFoundError("There is nothing to back up: the database has no Diptych tables yet.")
        migrations.refuse_newer(current)
        yield session


def _describe(connection: Connection, settings: Settings, pictures: Pictures) -> Manifest:
    return Manifest(
        diptych=__version__,
        revision=str(migrations.current_revision(connection)),
        postgresql=connection.execute(text("SHOW server_version")).scalar_one(),
        created_at=datetime.now(UTC),
        tables=tables.list_tables(connection),
        pictures=pictures,
        settings=settings.model_dump(mode="json", include=_SETTINGS),
    )


def _write_manifest(archive: ArchiveWriter, manifest: Manifest) -> None:
    content = manifest.model_dump_json(indent=2).encode()
    archive.add(MANIFEST, len(content), [content])


def _write_tables(
    archive: ArchiveWriter, connection: Connection, manifest: Manifest, on_progress: OnProgress
) -> None:
    done, total = 0, sum(table.rows for table in manifest.tables)
    for table in manifest.tables:
        for number, chunk in enumerate(tables.copy_out(connection, table)):
            packed = gzip.compress(chunk, _COMPRESSION, mtime=0)
            archive.add(f"{TABLES}/{table.name}/{number:06}.tsv.gz", len(packed), [packed])
            done += chunk.count(b"\n")
            on_progress("Rows", done, total)


def _write_pictures(
    archive: ArchiveWriter, media_dir: Path, pictures: PictureList, on_progress: OnProgress
) -> None:
    for number, name in enumerate(pictures, start=1):
        with (media_dir / name).open("rb") as file:
            archive.add(f"{PICTURES}/{name}", os.fstat(file.fileno()).st_size, pieces_of(file))
        on_progress("Pictures", number, pictures.totals.files)


def _missing(pictures: Pictures, first: Path) -> InvalidError:
    return InvalidError(
        f"{pictures.missing:,} pictures of records are missing on this host; the first is {first}. "
        "Is DIPTYCH_DATA_DIR right? To back up without them, use --allow-missing.",
        missing=pictures.missing,
    )
