"""The file of a backup: a plain tar, which any system can open, with a checksum.

Its last member, ``sha256``, is the digest of all bytes before it. The bytes after that are fixed, so reading
the file once detects every change. Memory does not grow with the file or its members.
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from diptych.core.errors import InvalidError

MANIFEST = "manifest.json"
# The folders of the other members.
TABLES, PICTURES = "tables", "media"
_DIGEST = "sha256"
_BLOCK = tarfile.BLOCKSIZE
# The digest's header and its block, and the two empty blocks that end a tar.
_ENDING = 4 * _BLOCK
_READ_AT_ONCE = 1024 * 1024
# A larger manifest was not written by Diptych.
_LARGEST_MANIFEST = 16 * 1024 * 1024


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class ArchiveWriter:
    """Writes members one after another; ``end`` completes the backup."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """Add a member of ``size`` bytes; raise ``InvalidError`` if the pieces have another total size."""
        self._write(_header(name, size))
        written = 0
        for piece in pieces:
            self._write(piece)
            written += len(piece)
        if written != size:
            raise InvalidError(
                f"{name} changed its size from {size:,} to {written:,} bytes during the backup."
            )
        self._write(_padding(size))

    def end(self) -> None:
        """Finish the file with the digest."""
        self._file.write(_ending(self._digest.hexdigest()))

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


def verify(path: Path, *, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> bytes:
    """Read a whole backup and return its manifest.

    Raises ``InvalidError`` if the file is not a backup, is incomplete, or has any changed byte.
    ``on_progress`` gets the number of bytes read and the total.
    """
    with reading(path) as file:
        manifest = _read_manifest(path, file)
        total = file.seek(0, 2)
        file.seek(0)
        digest = hashlib.sha256()
        for piece in pieces_of(file, total - _ENDING):
            digest.update(piece)
            on_progress(file.tell(), total)
        if file.read() != _ending(digest.hexdigest()):
            raise InvalidError(
                f"{path} is damaged: it is incomplete, or parts of it have changed since it was written. "
                "Nothing was changed; use another copy, or another backup."
            )
    return manifest


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the name and content of each member of a backup; a content is valid until the next member."""
    with reading(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
        while member := tar.next():
            content = tar.extractfile(member)
            if content is not None:
                yield member.name, content
            # The tar file would otherwise remember all members.
            tar.members.clear()  # type: ignore[attr-defined] # not in typeshed


def pieces_of(file: _Readable, size: int | None = None) -> Iterator[bytes]:
    """Yield the next pieces of a file, up to ``size`` bytes."""
    left = size
    while piece := file.read(_READ_AT_ONCE if left is None else max(0, min(left, _READ_AT_ONCE))):
        left = None if left is None else left - len(piece)
        yield piece


def reading(path: Path) -> BinaryIO:
    """Open a backup, or raise ``InvalidError``."""
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidError(f"{path} cannot be read: {error.strerror}.") from None


def _read_manifest(path: Path, file: BinaryIO) -> bytes:
    try:
        first = tarfile.TarInfo.frombuf(file.read(_BLOCK), "utf-8", "strict")
    except (tarfile.TarError, ValueError):
        first = tarfile.TarInfo()
    if first.name != MANIFEST or first.size > _LARGEST_MANIFEST:
        raise InvalidError(f"{path} is not a backup written by `diptych backup`.")
    return file.read(first.size)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    return info.tobuf(tarfile.USTAR_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _ending(digest: str) -> bytes:
    content = f"{digest}\n".encode()
    return (_header(_DIGEST, len(content)) + content + _padding(len(content))).ljust(_ENDING, b"\0")
