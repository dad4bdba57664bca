"""Reading records."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.core.pipeline import Query
from diptych.datasets.read_access import visible_to
from diptych.models import Dataset, Record, User

_FIND_DATASETS = """
SELECT r.id, d.id FROM datasets d CROSS JOIN LATERAL (
    SELECT id FROM records WHERE dataset_id = d.id AND id = ANY(%(record_ids)s) OFFSET 0) r
"""


def get_record(session: Session, dataset: Dataset, record_id: uuid.UUID, *, lock: bool = False) -> Record:
    """Return a record of a dataset, or raise ``NotFoundError``; ``lock`` keeps others from changing it."""
    statement = select(Record).where(Record.dataset_id == dataset.id, Record.id == record_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    record = session.scalar(statement)
    if record is None:
        raise NotFoundError("There is no such record in this dataset.", record=str(record_id))
    return record


def get_visible_record(session: Session, user: User, record_id: uuid.UUID) -> tuple[Record, Dataset]:
    """Return a record of any dataset that a person may see, and the dataset, or raise ``NotFoundError``."""
    statement = visible_to(user).join(Record, Record.dataset_id == Dataset.id).add_columns(Record)
    row = session.execute(statement.where(Record.id == record_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no record with the id {record_id}.", record=str(record_id))
    dataset, record = row
    return record, dataset


def datasets_of(record_ids: Collection[uuid.UUID]) -> Query[dict[uuid.UUID, uuid.UUID]]:
    """Return the query for the datasets that some records belong to, by the record, whoever may see them.

    Every dataset is asked for them: who knows the dataset does not ask.
    """
    return Query(_FIND_DATASETS, {"record_ids": list(record_ids)}, dict)
