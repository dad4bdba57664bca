"""What is exported, and the pieces in which it leaves."""

import uuid
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, true

from diptych.datasets.queries import DatasetSettings
from diptych.models import Record, RecordStatus


@dataclass(frozen=True)
class Selection:
    """The records of a dataset, all or those of one status, and whether their vectors come along."""

    dataset_id: uuid.UUID
    settings: DatasetSettings
    status: RecordStatus | None
    with_vectors: bool

    @property
    def condition(self) -> ColumnElement[bool]:
        """What is true of the records that are exported."""
        has_status = true() if self.status is None else Record.status == self.status
        return and_(Record.dataset_id == self.dataset_id, has_status)


class Piece(NamedTuple):
    """The next bytes of a file, and how many records end in them."""

    data: bytes
    records: int = 0
