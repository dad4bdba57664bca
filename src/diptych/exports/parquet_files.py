"""Parquet files: the flat rows in columns with types, compressed, one group of rows after another."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from diptych.core.errors import InvalidError
from diptych.core.json_text import object_of, or_null
from diptych.exports.arrow import arrow_schema
from diptych.exports.flat import flat_shape
from diptych.exports.keys import number_kinds
from diptych.exports.layouts import typed
from diptych.exports.queries import read_texts
from diptych.exports.selection import Piece, Selection

if TYPE_CHECKING:
    import pyarrow as pa
    from _typeshed import ReadableBuffer

_MAGIC = b"PAR1"
# Bytes of JSON that become a group of rows: so much is held in memory, a few times over.
_GROUP_SIZE = 16_000_000
_PIECE_SIZE = 65_536


def write_parquet(session: Session, selection: Selection) -> Iterator[Piece]:
    """Write the flat columns with types that follow from the settings of the dataset, see ``kinds``.

    An object of a custom field has the members that any record has, as text. Metadata is text, too, unless a
    property declares numbers and all records hold such. Raises ``InvalidError`` for an answer that its
    question does not allow.
    """
    # The file begins before its columns are known: somebody is waiting.
    yield Piece(_MAGIC)
    from pyarrow import parquet  # noqa: PLC0415 - takes much memory, and only this needs it

    shape = flat_shape(session, selection, layout=typed, kinds=number_kinds(session, selection))
    row = object_of((column.name, or_null(column.typed)) for column in shape.columns)
    schema = arrow_schema({column.name: column.kind for column in shape.columns})
    outbox, group = _Outbox(), io.BytesIO()
    with parquet.ParquetWriter(outbox, schema, compression="zstd") as writer:
        outbox.take()
        for texts in read_texts(session, selection, row, shape.joined):
            group.writelines(f"{text}\n".encode() for text in texts)
            if group.tell() >= _GROUP_SIZE:
                writer.write_table(_table(group, schema))
                group = io.BytesIO()
            yield from _pieces(outbox.take(), len(texts))
        if group.tell():
            writer.write_table(_table(group, schema))
    yield from _pieces(outbox.take())


def _table(lines: io.BytesIO, schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - as above
    from pyarrow import json  # noqa: PLC0415 - as above

    try:
        return json.read_json(
            pa.BufferReader(lines.getbuffer()),
            # All of it at once: nothing is cut in the middle of a record.
            json.ReadOptions(block_size=lines.tell(), use_threads=False),
            json.ParseOptions(schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid as error:
        raise InvalidError(f"A record does not fit the types of a Parquet file; use JSON. {error}.") from None


def _pieces(content: bytes, records: int = 0) -> Iterator[Piece]:
    ends = range(_PIECE_SIZE, len(content), _PIECE_SIZE)
    for end in ends:
        yield Piece(content[end - _PIECE_SIZE : end])
    yield Piece(content[len(ends) * _PIECE_SIZE :], records)


class _Outbox(io.RawIOBase):
    """A file whose content is taken out as it comes."""

    def __init__(self) -> None:
        self._content: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        """Say that this can be written to."""
        return True

    def tell(self) -> int:
        """Return how much has been written since the beginning."""
        return self._position

    def write(self, data: "ReadableBuffer", /) -> int:
        """Add ``data`` to what is waiting."""
        content = bytes(data)
        self._content.append(content)
        self._position += len(content)
        return len(content)

    def take(self) -> bytes:
        """Return what has come since the last time."""
        content = b"".join(self._content)
        self._content.clear()
        return content
