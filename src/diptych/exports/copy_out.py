"""Reads rows with COPY, as the database itself writes them."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from diptych.core.db import raw
from diptych.core.errors import UnavailableError
from diptych.core.json_text import SQLText
from diptych.exports.selection import Piece
from diptych.exports.table import Rows

Block = Sequence[memoryview]

# How long a client may pause before the export gives up, in seconds: its snapshot keeps dead rows alive.
READER_TIMEOUT = 300
_BLOCK_SIZE = 65_536
_BLOCKS_AHEAD = 2
# Unchanged lines of JSON: JSON escapes the characters of this quote and delimiter.
_QUOTE = "\x01"
_AS_THEY_ARE = f"FORMAT csv, QUOTE '{_QUOTE}', DELIMITER '\x02'"


def read_lines(session: Session, rows: Rows, line: SQLText) -> Iterator[Piece]:
    """Yield the rows in order, each as a line of JSON text."""
    for block in copy_out(session, rows.select([line]), _AS_THEY_ARE):
        # COPY quotes lines that contain a line end between two values.
        yield Piece(b"".join(block).replace(_QUOTE.encode(), b""), len(block))


def copy_out(
    session: Session, statement: Select[*tuple[Any, ...]], options: str
) -> Generator[Block, None, None]:
    """Yield the rows of a statement as COPY writes them with ``options``, in UTF-8, about 64 KB at a time.

    Each row is a line with its end. The database and a thread work ahead of the reader. Raises
    ``UnavailableError`` if the reader pauses for ``READER_TIMEOUT``; the database does not see a pause as an
    idle connection, because it waits to send more.
    """
    # An index returns rows in order, one after another; a sort would have to read all rows first.
    for way in ("enable_seqscan", "enable_bitmapscan"):
        session.execute(text(f"SET LOCAL {way} = off"))
    connection = session.connection()
    query = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    # Percent signs are doubled for a driver that looks for parameters.
    command = f"COPY ({str(query) % ()}) TO STDOUT ({options}, ENCODING 'UTF8')"
    return _read_ahead(_blocks(raw(connection), command))


def reader_stopped() -> UnavailableError:
    """Return the error of an export whose reader paused for ``READER_TIMEOUT``."""
    return UnavailableError("The client stopped reading the file.", retry_after=1)


def _blocks(connection: Any, command: str) -> Generator[Block, None, None]:
    block: list[memoryview] = []
    size = 0
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        while row := copy.read():
            block.append(row)
            size += len(row)
            if size >= _BLOCK_SIZE:
                yield block
                block, size = [], 0
    if block:
        yield block


def _read_ahead(blocks: Generator[Block, None, None]) -> Generator[Block, None, None]:
    ready: SimpleQueue[Block | Exception | None] = SimpleQueue()
    room = Semaphore(_BLOCKS_AHEAD)
    stopped = False

    def work() -> None:
        try:
            with closing(blocks):
                for block in blocks:
                    ready.put(block)
                    if not room.acquire(timeout=READER_TIMEOUT):
                        ready.put(reader_stopped())
                        return
                    if stopped:
                        return
            ready.put(None)
        except Exception as error:  # noqa: BLE001 - raised again in the reader's thread
            ready.put(error)

    thread = Thread(target=work, name="export", daemon=True)
    thread.start()
    try:
        while (block := ready.get()) is not None:
            if isinstance(block, Exception):
                raise block
            yield block
            room.release()
    finally:
        stopped = True
        room.release()
        thread.join()
