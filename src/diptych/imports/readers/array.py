"""A JSON array of objects, read one object after the other."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from diptych.core.errors import InvalidError
from diptych.imports.problems import Problem
from diptych.imports.readers.base import Row, rename
from diptych.imports.readers.jsonl import MAX_RECORD, explain
from diptych.imports.readers.text import find_escaped_flaw, find_flaw

_CHUNK = 65_536
_decoder = json.JSONDecoder()
_space = re.compile(r"[ \t\r\n]*")


class ArrayReader:
    """Reads the elements of an array; see ``Reader``.

    After a place that is no JSON there is no telling where the next record begins, so that is an error of
    the whole file.
    """

    columns: None = None

    def __init__(self, text: TextIO, renames: Mapping[str, str]) -> None:
        self._text = text
        self._renames = renames
        self._buffer = ""
        self._position = 0
        self._line = 1
        self._at_end = False

    def __iter__(self) -> Iterator[Row | Problem]:
        self._expect("[")
        if self._peek() == "]":
            self._expect("]")
        else:
            yield from self._elements()
        if self._peek():
            raise self._error("there is more after the end of the array")

    def _elements(self) -> Iterator[Row | Problem]:
        number = 1
        yield self._element(number)
        while self._peek() != "]":
            self._expect(",")
            number += 1
            yield self._element(number)
        self._expect("]")

    def _element(self, number: int) -> Row | Problem:
        self._peek()
        line, start = self._line, self._position
        value, end = self._decode()
        source = self._buffer[start:end]
        flaw = find_flaw(source) or find_escaped_flaw(source, value)
        self._move_to(end)
        if not isinstance(value, dict):
            flaw = "is not a JSON object"
        if flaw is not None:
            return Problem(line, None, flaw, number)
        return Row(line, rename(value, self._renames), number)

    def _decode(self) -> tuple[Any, int]:
        """Return the value that begins here and where it ends, reading on as far as it needs."""
        while True:
            try:
                value, end = _decoder.raw_decode(self._buffer, self._position)
            except json.JSONDecodeError as error:
                if not self._read_on():
                    raise self._error(error.msg, error.pos) from None
            except (ValueError, RecursionError) as error:
                raise self._error(explain(error)) from None
            else:
                # A number may go on behind the end of the buffer.
                if end < len(self._buffer) or not self._read_on():
                    return value, end

    def _read_on(self) -> bool:
        """Read as much again as there is, and say whether there was more; keep to the limit of a record."""
        rest = self._buffer[self._position :]
        if self._at_end:
            return False
        if len(rest) > MAX_RECORD:
            raise self._error(f"the record is longer than {MAX_RECORD:,} characters")
        more = self._text.read(max(_CHUNK, len(rest)))
        self._at_end = not more
        self._buffer = rest + more
        self._position = 0
        return bool(more)

    def _peek(self) -> str:
        """Return the next character that is no space, "" at the end, and stand before it."""
        while True:
            found = _space.match(self._buffer, self._position)
            self._move_to(found.end() if found else self._position)
            if self._position < len(self._buffer) or not self._read_on():
                return self._buffer[self._position : self._position + 1]

    def _expect(self, character: str) -> None:
        found = self._peek()
        if found != character:
            what = repr(found) if found else "the end of the file"
            raise self._error(f"found {what} where {character!r} was expected")
        self._move_to(self._position + 1)

    def _move_to(self, position: int) -> None:
        self._line += self._buffer.count("\n", self._position, position)
        self._position = position

    def _error(self, reason: str, position: int | None = None) -> InvalidError:
        behind = self._buffer.count("\n", self._position, position or self._position)
        line = self._line + behind
        return InvalidError(
            f"The file is not a valid JSON array: line {line}: {reason}. Nothing after it can be read."
        )
