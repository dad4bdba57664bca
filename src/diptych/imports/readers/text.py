"""Text files: their encoding, and their lines in bounded memory."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO, TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from diptych.core.errors import InvalidError

# By their first bytes; UTF-32's begin like UTF-16's, so it comes first.
_ENCODINGS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP or Excel file; unpack it, or save it as CSV",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard; unpack it first",
    b"PAR1": "a Parquet file; convert it to JSONL first",
}
_BYTE_THAT_IS_NO_TEXT = range(0xDC80, 0xDD00)
_SKIPPED_AT_ONCE = 65_536


@contextmanager
def open_text(file: FileIO) -> Iterator[TextIO]:
    """Yield ``file`` as text in the encoding that its first bytes tell, UTF-8 if they do not.

    Bytes that are none of it come out as lone surrogates, so that ``find_flaw`` can name the row they are in.
    """
    buffered = BufferedReader(file)
    start = buffered.peek(4)[:4]
    for magic, kind in _NOT_TEXT.items():
        if start.startswith(magic):
            raise InvalidError(f"The file is {kind}.")
    if b"\0" in start and not start.startswith(tuple(_ENCODINGS)):
        raise InvalidError(
            "The file is not UTF-8 text, or is UTF-16 without a byte order mark; save it as UTF-8."
        )
    encoding = next((name for mark, name in _ENCODINGS.items() if start.startswith(mark)), "utf-8")
    errors = "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass"
    with TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="") as text:
        try:
            yield text
        except UnicodeDecodeError as error:
            raise InvalidError(f"The file ends in the middle of a {error.encoding} character.") from None


def find_flaw(text: str) -> str | None:
    """Say why a text cannot be stored, if so."""
    if "\0" in text:
        return "contains a NUL character"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        if code in _BYTE_THAT_IS_NO_TEXT:
            return f"contains the byte 0x{code - 0xDC00:02X}, which is not UTF-8; save the file as UTF-8"
        return "contains half a character (a lone surrogate)"
    return None


def find_escaped_flaw(source: str, value: Any) -> str | None:
    """Say why a text in the JSON ``value``, which was written as ``source``, cannot be stored, if so."""
    if "\\u" not in source:
        return None
    return next(filter(None, map(find_flaw, _texts(value))), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def open_file(path: Path) -> FileIO:
    """Open a file for reading, or raise ``InvalidError`` with the system's reason."""
    try:
        return FileIO(path)
    except OSError as error:
        raise InvalidError(f"{path.name} cannot be opened: {error.strerror}.") from None


class LineTooLongError(Exception):
    """A line is longer than the limit; it was skipped."""


class Lines:
    """The lines of a text with their ends, none longer than ``limit`` characters.

    ``taken`` holds those that were read since ``accept`` was last called. ``reject`` gives all of them but
    the first back, to be read once more: what seemed one row of several lines was none.
    """

    def __init__(self, text: TextIO, limit: int) -> None:
        self.taken: list[str] = []
        self.flaw: str | None = None
        self._text = text
        self._limit = limit
        self._size = 0
        self._accepted = 0
        self._returned: deque[str] = deque()

    @property
    def first(self) -> int:
        """The number of the line that was taken first."""
        return self._accepted + 1

    def accept(self) -> None:
        """Go on behind the lines that were taken."""
        self._accepted += len(self.taken)
        self._forget()

    def reject(self) -> None:
        """Go on behind the first of the lines that were taken."""
        self._returned.extendleft(reversed(self.taken[1:]))
        self._accepted += 1
        self._forget()

    def _forget(self) -> None:
        self.taken.clear()
        self.flaw = None
        self._size = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else self._read()
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._size += len(line)
        if self._size > self._limit:
            raise LineTooLongError
        if self.flaw is None:
            self.flaw = find_flaw(line)
        return line

    def _read(self) -> str:
        """Return the next line; of one that is too long, as much as shows that it is."""
        line = self._text.readline(self._limit + 1)
        rest = line
        while rest and len(line) > self._limit and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(_SKIPPED_AT_ONCE)
        return line
