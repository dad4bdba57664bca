"""The first member of a backup, which describes it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from diptych.backups import archive
from diptych.core import migrations
from diptych.core.errors import ConflictError, InvalidError

FORMAT = 1


class Table(BaseModel):
    """A table with its columns and number of rows; tables are listed in the order for restoring."""

    name: str
    columns: list[str]
    rows: int


class Pictures(BaseModel):
    """The stored pictures: the number of files, their total bytes, and how many were missing on the server.

    ``reason`` says why the pictures were left out, if so.
    """

    files: int = 0
    bytes: int = 0
    missing: int = 0
    reason: str | None = None


class Manifest(BaseModel):
    """The contents of a backup, and the time and versions that made it; it has no secrets."""

    format: int = FORMAT
    diptych: str
    revision: str
    postgresql: str
    created_at: datetime
    tables: list[Table]
    pictures: Pictures
    settings: dict[str, Any]


def read_manifest(path: Path, content: bytes) -> Manifest:
    """Return the manifest of a backup that this version can restore.

    Raises ``InvalidError`` if it is not a manifest, ``ConflictError`` if a newer version wrote the backup.
    """
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError:
        raise InvalidError(f"{path} is not a backup written by `diptych backup`.") from None
    if manifest.format > FORMAT or not migrations.is_known(manifest.revision):
        raise ConflictError(
            f"{path} was written by Diptych {manifest.diptych} (database revision {manifest.revision}), "
            "which is newer than this version. Nothing was changed; please restore it with that version."
        )
    return manifest


def check_backup(
    path: Path, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Manifest:
    """Verify every byte of a backup and return its manifest.

    Errors and ``on_progress`` are those of ``read_manifest`` and ``archive.verify``.
    """
    return read_manifest(path, archive.verify(path, on_progress=on_progress))
