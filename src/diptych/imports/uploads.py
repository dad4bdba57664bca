"""Uploaded files, which wait in a folder of their own until they are imported."""

import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from diptych.core.errors import InvalidError, UnavailableError
from diptych.core.settings import Settings
from diptych.imports.readers import format_of

# Seconds after which an uploaded file that was not imported is deleted.
_KEPT = 7 * 86_400
_MAX_NAME_LENGTH = 200
_COPIED_AT_ONCE = 1024 * 1024


def upload_folder(settings: Settings, import_id: uuid.UUID) -> Path:
    """Return the folder of an upload: the file, and its pictures in ``images``."""
    return settings.uploads_dir / str(import_id)


def find_upload(settings: Settings, import_id: uuid.UUID) -> tuple[Path, Path | None] | None:
    """Return the file of an upload and the folder of its pictures, if it has any; None if it is gone."""
    folder = upload_folder(settings, import_id)
    files = sorted(folder.glob("source.*"))
    images = folder / "images"
    return (files[0], images if images.is_dir() else None) if files else None


def store_upload(
    settings: Settings,
    import_id: uuid.UUID,
    name: str,
    file: BinaryIO,
    pictures: Iterable[tuple[str, BinaryIO]],
) -> Path:
    """Store a file and its pictures under the plain names they were sent with; return where the file is.

    Raises ``InvalidError`` for a name that is none, and ``UnavailableError`` if there is no room.
    """
    kind = format_of(Path(plain_name(name)))
    folder = upload_folder(settings, import_id)
    path = folder / f"source.{kind}"
    try:
        folder.mkdir(mode=0o700, parents=True)
        _copy(file, path)
        for picture_name, picture in pictures:
            (folder / "images").mkdir(mode=0o700, exist_ok=True)
            _copy(picture, folder / "images" / plain_name(picture_name))
    except OSError as error:
        discard_upload(settings, import_id)
        message = f"The server cannot store the file: {error.strerror}."
        raise UnavailableError(message, retry_after=60) from None
    except BaseException:
        discard_upload(settings, import_id)
        raise
    return path


def discard_upload(settings: Settings, import_id: uuid.UUID) -> None:
    """Throw the files of an upload away."""
    shutil.rmtree(upload_folder(settings, import_id), ignore_errors=True)


def discard_old_uploads(settings: Settings) -> None:
    """Throw away what was uploaded and never imported."""
    if not settings.uploads_dir.is_dir():
        return
    for folder in settings.uploads_dir.iterdir():
        if folder.stat().st_mtime < time.time() - _KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def plain_name(name: str) -> str:
    """Return the last part of a name that a browser sent, on whatever system, or raise ``InvalidError``."""
    plain = PurePosixPath(PureWindowsPath(name).name).name
    if not plain or plain in {".", ".."} or len(plain.encode()) > _MAX_NAME_LENGTH or not plain.isprintable():
        raise InvalidError(f"A file needs a plain name of 1 to {_MAX_NAME_LENGTH} bytes.")
    return plain


def _copy(source: BinaryIO, target: Path) -> None:
    if target.exists():
        raise InvalidError(f"Two pictures are named {target.name!r}.")
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, _COPIED_AT_ONCE)
