"""What a file can be about: one entry of ``ExportContent`` each."""

from collections.abc import Callable
from enum import StrEnum
from typing import Self

from sqlalchemy.orm import Session

from diptych.exports.layouts import Layout
from diptych.exports.queries import has_records, has_responses
from diptych.exports.records import records_table
from diptych.exports.responses import responses_table
from diptych.exports.selection import Selection
from diptych.exports.table import Table


class ExportContent(StrEnum):
    """The name of a content, its rows and columns.

    ``table`` may read all records to find the columns; ``first_column`` and ``has_rows`` tell before that how
    a file begins. ``has_vectors`` says whether its rows can have vectors.
    """

    first_column: str
    has_rows: Callable[[Session, Selection], bool]
    table: Callable[[Session, Selection, Layout], Table]
    has_vectors: bool

    RECORDS = "records", "id", has_records, records_table, True
    RESPONSES = "responses", "external_id", has_responses, responses_table, False

    def __new__(
        cls,
        name: str,
        first_column: str,
        has_rows: Callable[[Session, Selection], bool],
        table: Callable[[Session, Selection, Layout], Table],
        has_vectors: bool,
    ) -> Self:
        """Return the entry: its name, with its attributes."""
        entry = str.__new__(cls, name)
        entry._value_ = name
        entry.first_column, entry.has_rows, entry.table = first_column, has_rows, table
        entry.has_vectors = has_vectors
        return entry
