"""JSON files: UTF-8 without needless escapes, one row per line."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText, object_of, or_null
from diptych.exports.contents import ExportContent
from diptych.exports.copy_out import read_lines
from diptych.exports.layouts import whole
from diptych.exports.nested import nested_records
from diptych.exports.selection import Piece, Selection
from diptych.exports.table import Rows, Table


def write_json(session: Session, selection: Selection, content: ExportContent) -> Iterator[Piece]:
    """Write an array of rows; all of them have all columns, null if there is no value."""
    # Send the first bytes before the columns are known, because the client is waiting.
    yield Piece(b"[")
    table = content.table(session, selection, whole)
    yield from _members(session, _row(table), table.rows)


def write_json_lines(session: Session, selection: Selection, content: ExportContent) -> Iterator[Piece]:
    """Write the rows of ``write_json``, one per line."""
    if not content.has_rows(session, selection):
        return
    # As above.
    begun = b"{"
    yield Piece(begun)
    table = content.table(session, selection, whole)
    for lines, rows in read_lines(session, table.rows, _row(table)):
        yield Piece(lines.removeprefix(begun), rows)
        begun = b""


def write_nested_json(session: Session, selection: Selection, _content: ExportContent) -> Iterator[Piece]:
    """Write an array of records in the nested shape."""
    yield Piece(b"[")
    yield from _members(session, *nested_records(session, selection))


def _row(table: Table) -> SQLText:
    return object_of((column.name, or_null(column.json)) for column in table.columns)


def _members(session: Session, member: SQLText, rows: Rows) -> Iterator[Piece]:
    separator = b"\n"
    for lines, count in read_lines(session, rows, member.concat(",")):
        # Hold back the last comma until another row follows.
        yield Piece(separator + lines.removesuffix(b",\n"), count)
        separator = b",\n"
    yield Piece(b"\n]\n")
