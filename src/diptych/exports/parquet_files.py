"""Parquet files: rows in typed, compressed columns, one row group after another."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from diptych.core.errors import InvalidError
from diptych.core.json_text import object_of
from diptych.exports.arrow import arrow_schema
from diptych.exports.contents import ExportContent
from diptych.exports.copy_out import read_lines
from diptych.exports.layouts import typed
from diptych.exports.selection import Piece, Selection

if TYPE_CHECKING:
    import pyarrow as pa
    from _typeshed import ReadableBuffer

_MAGIC = b"PAR1"
# Bytes of JSON that become a table, and bytes of tables that become a row group. Memory holds a few times
# these sizes.
TABLE_SIZE = 1_000_000
GROUP_SIZE = 16_000_000
_PIECE_SIZE = 65_536


def write_parquet(session: Session, selection: Selection, content: ExportContent) -> Iterator[Piece]:
    """Write the columns with types that follow from the settings of the dataset, see ``Column.kind``.

    An object of a custom field has the members of all records, as text. Metadata is text unless a property
    declares numbers and all records have numbers. Raises ``InvalidError`` for an answer that its question
    does not allow.
    """
    # Send the first bytes before the columns are known, because the client is waiting.
    yield Piece(_MAGIC)
    table = content.table(session, selection, typed)
    # The names of the columns would be a third of each line.
    row = object_of((str(number), column.typed) for number, column in enumerate(table.columns))
    schema = arrow_schema({column.name: column.kind for column in table.columns})
    file = _File(schema)
    for lines, count in read_lines(session, table.rows, row):
        yield from _pieces(file.add(lines), count)
    yield from _pieces(file.close())


def _pieces(content: bytes, rows: int = 0) -> Iterator[Piece]:
    ends = range(_PIECE_SIZE, len(content), _PIECE_SIZE)
    for end in ends:
        yield Piece(content[end - _PIECE_SIZE : end])
    yield Piece(content[len(ends) * _PIECE_SIZE :], rows)


class _File:
    """A Parquet file without its first bytes, which are already sent; it returns new bytes at once."""

    def __init__(self, schema: "pa.Schema") -> None:
        from pyarrow import parquet  # noqa: PLC0415 - needs much memory, and only this export uses it

        self._schema = schema
        self._lines = io.BytesIO()
        self._tables: list[pa.Table] = []
        self._outbox = _Outbox()
        self._writer = parquet.ParquetWriter(self._outbox, schema, compression="zstd")
        self._outbox.take()

    def add(self, lines: bytes) -> bytes:
        """Add rows, each a line of JSON."""
        self._lines.write(lines)
        if self._lines.tell() >= TABLE_SIZE:
            self._parse()
            if sum(table.nbytes for table in self._tables) >= GROUP_SIZE:
                self._write()
        return self._outbox.take()

    def close(self) -> bytes:
        """End the file."""
        if self._lines.tell():
            self._parse()
        if self._tables:
            self._write()
        self._writer.close()
        return self._outbox.take()

    def _parse(self) -> None:
        self._tables.append(_table(self._lines, self._schema))
        self._lines = io.BytesIO()

    def _write(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - as above

        self._writer.write_table(pa.concat_tables(self._tables))
        self._tables.clear()


def _table(lines: io.BytesIO, schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - as above
    from pyarrow import json  # noqa: PLC0415 - as above

    numbered = pa.schema([(str(number), field.type) for number, field in enumerate(schema)])
    try:
        table = json.read_json(
            pa.BufferReader(lines.getbuffer()),
            # One block, so that no row is split.
            json.ReadOptions(block_size=lines.tell(), use_threads=False),
            json.ParseOptions(numbered, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid as error:
        reason = re.sub(r"/(\d+)", lambda found: schema.names[int(found[1])], str(error), count=1)
        raise InvalidError(f"A row does not fit the types of a Parquet file; use JSON. {reason}") from None
    return pa.Table.from_arrays(table.columns, schema=schema)


class _Outbox(io.RawIOBase):
    """A writable file whose content is taken out as it arrives."""

    def __init__(self) -> None:
        self._content: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the number of bytes written so far."""
        return self._position

    def write(self, data: "ReadableBuffer", /) -> int:
        """Add ``data``."""
        content = bytes(data)
        self._content.append(content)
        self._position += len(content)
        return len(content)

    def take(self) -> bytes:
        """Return the bytes since the last call."""
        content = b"".join(self._content)
        self._content.clear()
        return content
