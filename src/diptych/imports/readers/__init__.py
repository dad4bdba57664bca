"""One module per format, and what a file's name says of its format."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import FileIO
from pathlib import Path
from typing import TextIO

from diptych.core.errors import InvalidError
from diptych.imports.readers.array import ArrayReader
from diptych.imports.readers.base import Reader, Row
from diptych.imports.readers.delimited import DelimitedReader
from diptych.imports.readers.jsonl import JSONLinesReader
from diptych.imports.readers.text import open_file, open_text

__all__ = ["FileFormat", "OpenFile", "Reader", "Row", "open_reader"]

_START = 4_096


class FileFormat(StrEnum):
    """What kind of file it is."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    JSON = "json"


_SUFFIXES = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.TSV,
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".json": FileFormat.JSON,
}


@dataclass(frozen=True)
class OpenFile:
    """A file that is being read."""

    format: FileFormat
    reader: Reader
    size: int
    _file: FileIO

    def position(self) -> int:
        """Return how many of the ``size`` bytes have been read; 0 where the file cannot tell, as a pipe."""
        return self._file.tell() if self._file.seekable() else 0


@contextmanager
def open_reader(path: Path, renames: Mapping[str, str] | None = None) -> Iterator[OpenFile]:
    """Open a file for reading its records; ``renames`` are the file's names for columns, and ours.

    Raises ``InvalidError`` if the file as a whole is not what its name says, or not text.
    """
    kind = format_of(path)
    with open_file(path) as file, open_text(file) as text:
        if kind == FileFormat.JSON and not _begins_array(text):
            kind = FileFormat.JSONL
        yield OpenFile(kind, _reader(kind, text, renames or {}), os.fstat(file.fileno()).st_size, file)


def format_of(path: Path) -> FileFormat:
    """Return the format that a file's name tells, or raise ``InvalidError``."""
    try:
        return _SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise InvalidError(f"Unsupported file type: {path.name!r}. Use {', '.join(_SUFFIXES)}.") from None


def _reader(kind: FileFormat, text: TextIO, renames: Mapping[str, str]) -> Reader:
    if kind == FileFormat.CSV:
        return DelimitedReader(text, ",", renames)
    if kind == FileFormat.TSV:
        return DelimitedReader(text, "\t", renames)
    return ArrayReader(text, renames) if kind == FileFormat.JSON else JSONLinesReader(text, renames)


def _begins_array(text: TextIO) -> bool:
    """Say whether the first character is a bracket; files named .json are also written as JSON Lines."""
    start = text.read(_START).lstrip()
    text.seek(0)
    return not start or start.startswith("[")
