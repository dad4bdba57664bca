"""The files of stored pictures: listing and restoring them."""

import re
import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import IO, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.backups.archive import pieces_of
from diptych.backups.manifest import Pictures
from diptych.core.errors import InvalidError
from diptych.core.files import replacement_of
from diptych.models import Media
from diptych.records.media import path_of

_ROWS = 1_000
# A name in a backup cannot point outside the folder, whoever wrote the backup.
_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.[a-z]+")


class PictureList:
    """The names of picture files in the folder of stored images, kept in a file because of their number."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by ``__exit__``
        self.totals = Pictures()
        self.first_missing: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield line.rstrip("\n")

    def add_all(self, session: Session, media_dir: Path) -> None:
        """Add the pictures that the rows of a session refer to.

        Their files are written before the rows are committed, and never changed or deleted, so the files of a
        snapshot can be read long after it.
        """
        statement = select(Media.key, Media.content_type).execution_options(yield_per=_ROWS)
        for key, content_type in session.execute(statement):
            path = path_of(media_dir, Media(key=key, content_type=content_type))
            self._add(path, path.relative_to(media_dir).as_posix())

    def _add(self, path: Path, name: str) -> None:
        try:
            size = path.stat().st_size
        except OSError:
            self.totals.missing += 1
            self.first_missing = self.first_missing or path
            return
        self.totals.files += 1
        self.totals.bytes += size
        self._file.write(f"{name}\n")


def put_back(media_dir: Path, name: str, content: IO[bytes]) -> None:
    """Store a picture's file under its name, unless the same bytes are already there."""
    if not _NAME.fullmatch(name):
        raise InvalidError(f"The backup has a file named {name!r}, which is not a stored picture.")
    path = media_dir / name
    if _is_same(path, content):
        return
    content.seek(0)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with replacement_of(path, mode=0o600) as file:
        file.writelines(pieces_of(content))


def _is_same(path: Path, content: IO[bytes]) -> bool:
    try:
        with path.open("rb") as file:
            return all(here == there for here, there in zip_longest(pieces_of(file), pieces_of(content)))
    except OSError:
        return False
