"""CSV files (RFC 4180) in UTF-8: a header, and one row for each record."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText
from diptych.exports.copy_out import copy_out
from diptych.exports.flat import flat_shape
from diptych.exports.layouts import opened
from diptych.exports.queries import records_of
from diptych.exports.selection import Piece, Selection

# The first column is that of the ids.
_BEGINNING = b"id"
# The first characters of cells that a spreadsheet takes for formulas, and our guarding quote.
_STARTS = "'=+-@\t\r"
_FORMULA = r"'*[=+\-@\t\r]"


def write_csv(session: Session, selection: Selection) -> Iterator[Piece]:
    r"""Write the flat columns, with the prompt and the images in separate columns.

    Text is unchanged, other values are JSON, and no value is an empty cell. A cell that a spreadsheet would
    take for a formula gets a quote in front, and so does one that already looks like that: to undo this,
    remove one quote from cells that match ``'+[=+\-@\t\r]``.
    """
    # Send the first bytes before the columns are known, because the client is waiting.
    yield Piece(_BEGINNING)
    shape = flat_shape(session, selection, layout=opened)
    yield Piece(_header(column.name for column in shape.columns).removeprefix(_BEGINNING))
    cells = (
        records_of(selection, [column.plain for column in shape.columns], shape.joined).offset(0).subquery()
    )
    for rows in copy_out(session, select(*map(_guarded, cells.c)), "FORMAT csv"):
        # RFC 4180 ends lines with two characters, COPY with one.
        yield Piece(b"\r\n".join([*(row[:-1] for row in rows), b""]), len(rows))


def _guarded(cell: SQLText) -> SQLText:
    """Return a cell as it is in the file; empty cells are NULL, which COPY writes without quotes."""
    # The first character excludes almost all cells from the slower test.
    suspicious = func.ascii(cell).in_(map(ord, _STARTS)) & cell.op("~")(f"^{_FORMULA}")
    return case((suspicious, literal("'").concat(cell)), else_=func.nullif(cell, ""))


def _header(names: Iterable[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(f"'{name}" if re.match(_FORMULA, name) else name for name in names)
    return buffer.getvalue().encode()
