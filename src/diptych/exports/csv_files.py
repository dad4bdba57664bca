"""CSV files (RFC 4180) in UTF-8: a header, and one line for each row."""

import csv
import io
from collections.abc import Iterable, Iterator

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText
from diptych.exports.contents import ExportContent
from diptych.exports.copy_out import copy_out
from diptych.exports.layouts import opened
from diptych.exports.selection import Piece, Selection
from diptych.formats import spreadsheet


def write_csv(session: Session, selection: Selection, content: ExportContent) -> Iterator[Piece]:
    r"""Write the columns, with the prompt and the images in separate columns.

    Text is unchanged, other values are JSON, and no value is an empty cell. A cell that a spreadsheet would
    take for a formula gets a quote in front, and so does one that already looks like that: to undo this,
    remove one quote from cells that match ``'+[=+\-@\t\r]``.
    """
    # Send the first bytes before the columns are known, because the client is waiting.
    beginning = content.first_column.encode()
    yield Piece(beginning)
    table = content.table(session, selection, opened)
    yield Piece(_header(column.name for column in table.columns).removeprefix(beginning))
    cells = table.rows.select([column.plain for column in table.columns]).offset(0).subquery()
    for rows in copy_out(session, select(*map(_guarded, cells.c)), "FORMAT csv"):
        # RFC 4180 ends lines with two characters, COPY with one.
        yield Piece(b"\r\n".join([*(row[:-1] for row in rows), b""]), len(rows))


def _guarded(cell: SQLText) -> SQLText:
    """Return a cell as it is in the file; empty cells are NULL, which COPY writes without quotes."""
    # The first character excludes almost all cells from the slower test.
    first = func.ascii(cell).in_(map(ord, (spreadsheet.GUARD, *spreadsheet.STARTS)))
    suspicious = first & cell.op("~")(f"^{spreadsheet.FORMULA}")
    return case((suspicious, literal(spreadsheet.GUARD).concat(cell)), else_=func.nullif(cell, ""))


def _header(names: Iterable[str]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(map(spreadsheet.guard, names))
    return buffer.getvalue().encode()
