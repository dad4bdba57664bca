"""CSV and TSV: a header, then one record in each row (RFC 4180)."""

import csv
from collections.abc import Iterator, Mapping
from typing import TextIO

from diptych.core.errors import InvalidError
from diptych.imports.problems import Problem
from diptych.imports.readers.base import Row, describe
from diptych.imports.readers.text import Lines, LineTooLongError, find_flaw

# Characters in a row; the longest prompts known are a hundredth of it.
MAX_ROW = 1_000_000
MAX_COLUMNS = 1_000
_TOO_LONG = f"is longer than {MAX_ROW:,} characters"
_UNCLOSED = "a quoted cell is not closed properly; put quotes around the cell and double those inside it"

# The limit is one for the process. Ours on the row is reached first, and says more.
csv.field_size_limit(MAX_ROW + 1)


class DelimitedReader:
    """Reads rows of cells; see ``Reader``.

    A quote that is not closed would swallow the rows behind it, until a later quote makes no sense. Only the
    first of the lines it swallowed is given up then, and reading goes on with the second.
    """

    def __init__(self, text: TextIO, delimiter: str, renames: Mapping[str, str]) -> None:
        self._lines = Lines(text, MAX_ROW)
        self._rows = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self.columns = self._read_header(renames)

    def __iter__(self) -> Iterator[Row | Problem]:
        lines, columns = self._lines, self.columns
        while True:
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except (csv.Error, LineTooLongError) as error:
                yield self._give_up(error)
                continue
            if len(cells) == len(columns) and lines.flaw is None:
                yield Row(lines.first, dict(zip(columns, cells, strict=True)))
                lines.accept()
            elif cells:
                yield self._explain(cells)
            else:
                lines.accept()

    def _give_up(self, error: Exception) -> Problem:
        line = self._lines.first
        if len(self._lines.taken) > 1:
            self._lines.reject()
            return Problem(line, None, _UNCLOSED)
        self._lines.accept()
        return Problem(line, None, _TOO_LONG if isinstance(error, LineTooLongError) else _UNCLOSED)

    def _explain(self, cells: list[str]) -> Problem:
        line, reason = self._lines.first, self._lines.flaw
        self._lines.accept()
        if len(cells) == len(self.columns):
            return Problem(line, self._column_of_flaw(cells), str(reason))
        return Problem(line, None, f"has {len(cells)} cells where the header has {len(self.columns)}")

    def _column_of_flaw(self, cells: list[str]) -> str | None:
        flawed = (name for name, cell in zip(self.columns, cells, strict=True) if find_flaw(cell))
        return next(flawed, None)

    def _read_header(self, renames: Mapping[str, str]) -> list[str]:
        names = self._next_header()
        if flaw := self._lines.flaw:
            raise InvalidError(f"The header of the file {flaw}.")
        self._lines.accept()
        if len(names) > MAX_COLUMNS:
            raise InvalidError(f"The header has {len(names):,} columns; at most {MAX_COLUMNS:,} are allowed.")
        for number, name in enumerate(names, start=1):
            if not name.strip():
                raise InvalidError(f"Column {number} of the header has no name; name it or delete it.")
        for source in renames:
            if source not in names:
                raise InvalidError(f"The file has no column {source!r}. {describe(names)}")
        return _unique([renames.get(name, name) for name in names])

    def _next_header(self) -> list[str]:
        try:
            for names in self._rows:
                if names:
                    return names
                self._lines.accept()
        except (csv.Error, LineTooLongError) as error:
            reason = _TOO_LONG if isinstance(error, LineTooLongError) else "a quoted name is not closed"
            raise InvalidError(f"The header cannot be read: line {self._lines.first} {reason}.") from None
        raise InvalidError("The file is empty: its first line has to name the columns.")


def _unique(names: list[str]) -> list[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidError(f"Two columns are named {name!r}; rename one of them or leave it out.")
        seen.add(name)
    return names
