"""The selected records of an export, and the pieces of its file."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, true

from diptych.datasets.queries import DatasetSettings
from diptych.exports.table import Rows
from diptych.models import Record, RecordStatus

ORDER = (Record.inserted_at, Record.id)


@dataclass(frozen=True)
class Selection:
    """The records of a dataset, all or those with one status, and whether their vectors are included."""

    dataset_id: uuid.UUID
    settings: DatasetSettings
    status: RecordStatus | None
    with_vectors: bool

    @property
    def condition(self) -> ColumnElement[bool]:
        """The condition for exported records."""
        has_status = true() if self.status is None else Record.status == self.status
        return and_(Record.dataset_id == self.dataset_id, has_status)

    def records(self, joined: Iterable[FromClause]) -> Rows:
        """Return the records in order; ``joined`` are lateral queries with one row for each record."""
        source: FromClause = Record.__table__
        for lateral in joined:
            source = source.outerjoin(lateral, true())
        return Rows(source, self.condition, ORDER)


class Piece(NamedTuple):
    """The next bytes of a file, and the number of rows that end in them."""

    data: bytes
    rows: int = 0
