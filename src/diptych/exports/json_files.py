"""JSON files: UTF-8 without needless escapes, one record per line."""

from collections.abc import Iterable, Iterator

from sqlalchemy import FromClause
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText, object_of, or_null
from diptych.exports.flat import flat_shape
from diptych.exports.nested import nested_shape
from diptych.exports.queries import has_records, read_lines
from diptych.exports.selection import Piece, Selection


def write_json(session: Session, selection: Selection) -> Iterator[Piece]:
    """Write an array of flat rows; all rows have all columns, null if a record has no value."""
    # Send the first bytes before the columns are known, because the client is waiting.
    yield Piece(b"[")
    yield from _members(session, selection, *_flat(session, selection))


def write_json_lines(session: Session, selection: Selection) -> Iterator[Piece]:
    """Write the flat rows of ``write_json``, one per line."""
    if not has_records(session, selection):
        return
    # As above.
    begun = b"{"
    yield Piece(begun)
    for lines, records in read_lines(session, selection, *_flat(session, selection)):
        yield Piece(lines.removeprefix(begun), records)
        begun = b""


def write_nested_json(session: Session, selection: Selection) -> Iterator[Piece]:
    """Write an array of records in the nested shape."""
    yield Piece(b"[")
    yield from _members(session, selection, *nested_shape(session, selection))


def _flat(session: Session, selection: Selection) -> tuple[SQLText, Iterable[FromClause]]:
    shape = flat_shape(session, selection)
    return object_of((column.name, or_null(column.json)) for column in shape.columns), shape.joined


def _members(
    session: Session, selection: Selection, member: SQLText, joined: Iterable[FromClause]
) -> Iterator[Piece]:
    separator = b"\n"
    for lines, records in read_lines(session, selection, member.concat(","), joined):
        # Hold back the last comma until another record follows.
        yield Piece(separator + lines.removesuffix(b",\n"), records)
        separator = b",\n"
    yield Piece(b"\n]\n")
