"""JSON Lines: one object a line."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from diptych.imports.problems import Problem
from diptych.imports.readers.base import Row, rename
from diptych.imports.readers.text import Lines, LineTooLongError, find_escaped_flaw

# Characters in a record: room for a thousand answers and a few long vectors.
MAX_RECORD = 4_000_000


def explain(error: Exception) -> str:
    """Say why a text is not a record."""
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error.msg} at character {error.pos + 1}"
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    return f"is not JSON: {error}"


class JSONLinesReader:
    """Reads lines of JSON; see ``Reader``. Blank lines are nothing."""

    columns: None = None

    def __init__(self, text: TextIO, renames: Mapping[str, str]) -> None:
        self._lines = Lines(text, MAX_RECORD)
        self._renames = renames

    def __iter__(self) -> Iterator[Row | Problem]:
        while True:
            number = self._lines.first
            try:
                line = next(self._lines)
            except StopIteration:
                return
            except LineTooLongError:
                yield Problem(number, None, f"is longer than {MAX_RECORD:,} characters")
            else:
                if not line.isspace():
                    yield self._parse(number, line)
            self._lines.accept()

    def _parse(self, number: int, line: str) -> Row | Problem:
        if self._lines.flaw is not None:
            return Problem(number, None, self._lines.flaw)
        try:
            value: Any = json.loads(line)
            flaw = find_escaped_flaw(line, value)
        except (ValueError, RecursionError) as error:
            return Problem(number, None, explain(error))
        if not isinstance(value, dict):
            flaw = "is not a JSON object"
        if flaw is not None:
            return Problem(number, None, flaw)
        return Row(number, rename(value, self._renames))
