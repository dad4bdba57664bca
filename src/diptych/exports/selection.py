"""The selected records of an export, and the pieces of its file."""

import uuid
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, true

from diptych.datasets.queries import DatasetSettings
from diptych.models import Record, RecordStatus


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


class Piece(NamedTuple):
    """The next bytes of a file, and the number of records that end in them."""

    data: bytes
    records: int = 0
