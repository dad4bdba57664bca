"""Reading records."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.models import Dataset, Record


def get_record(session: Session, dataset: Dataset, record_id: uuid.UUID, *, lock: bool = False) -> Record:
    """Return a record of a dataset, or raise ``NotFoundError``; ``lock`` keeps others from changing it."""
    statement = select(Record).where(Record.dataset_id == dataset.id, Record.id == record_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    record = session.scalar(statement)
    if record is None:
        raise NotFoundError("There is no such record in this dataset.", record=str(record_id))
    return record
