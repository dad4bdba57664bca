"""JSON files: UTF-8 without escapes that are not needed, and one record on each line."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.orm import Session

from diptych.core.json_text import object_of, or_null
from diptych.exports.flat import flat_shape
from diptych.exports.nested import nested_shape
from diptych.exports.queries import has_records, read_texts
from diptych.exports.selection import Piece, Selection


def write_json(session: Session, selection: Selection) -> Iterator[Piece]:
    """Write an array of flat rows; all of them have all columns, null where a record has nothing."""
    # The file begins before its columns are known: somebody is waiting.
    yield Piece(b"[")
    yield from _members(_flat(session, selection))


def write_json_lines(session: Session, selection: Selection) -> Iterator[Piece]:
    """Write the flat rows of ``write_json``, each a line of its own."""
    begun = b""
    if has_records(session, selection):
        # As above.
        begun = b"{"
        yield Piece(begun)
    for texts in _flat(session, selection):
        lines = "".join(f"{text}\n" for text in texts).encode()
        yield Piece(lines.removeprefix(begun), len(texts))
        begun = b""


def write_nested_json(session: Session, selection: Selection) -> Iterator[Piece]:
    """Write an array of records in the nested shape."""
    yield Piece(b"[")
    row, joined = nested_shape(session, selection)
    yield from _members(read_texts(session, selection, row, joined))


def _flat(session: Session, selection: Selection) -> Iterator[Sequence[str]]:
    shape = flat_shape(session, selection)
    row = object_of((column.name, or_null(column.json)) for column in shape.columns)
    return read_texts(session, selection, row, shape.joined)


def _members(batches: Iterable[Sequence[str]]) -> Iterator[Piece]:
    separator = "\n"
    for texts in batches:
        yield Piece((separator + ",\n".join(texts)).encode(), len(texts))
        separator = ",\n"
    yield Piece(b"\n]\n")
