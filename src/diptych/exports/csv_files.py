"""CSV files, as RFC 4180 has them, in UTF-8: a header, and one row for each record."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from diptych.exports.flat import flat_shape
from diptych.exports.layouts import opened
from diptych.exports.queries import read_rows
from diptych.exports.selection import Piece, Selection

# The first column is that of the ids.
_BEGINNING = b"id"
# What a spreadsheet takes for a formula, and what would look like our quote before one.
_STARTS = frozenset("'=+-@\t\r")
_looks_like_a_formula = re.compile(r"'*[=+\-@\t\r]")


def write_csv(session: Session, selection: Selection) -> Iterator[Piece]:
    r"""Write the flat columns, with the prompt and the images in columns of their own.

    Text is as it is, everything else as JSON; nothing is an empty cell. A cell that a spreadsheet would take
    for a formula begins with a quote, and so does one that looks like that already: to undo it, take one
    quote away from what matches ``'+[=+\-@\t\r]``.
    """
    # The file begins before its columns are known: somebody is waiting.
    yield Piece(_BEGINNING)
    shape = flat_shape(session, selection, layout=opened)
    header = _to_csv([[column.name for column in shape.columns]])
    yield Piece(header.removeprefix(_BEGINNING))
    cells = [column.plain for column in shape.columns]
    for rows in read_rows(session, selection, cells, shape.joined):
        yield Piece(_to_csv(rows), len(rows))


def _to_csv(rows: Iterable[Iterable[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([_guarded(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _guarded(cell: str | None) -> str | None:
    # Almost every cell is told by its first character.
    suspicious = cell and cell[0] in _STARTS and _looks_like_a_formula.match(cell)
    return f"'{cell}" if suspicious else cell
