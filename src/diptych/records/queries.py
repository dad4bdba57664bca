"""Reading records."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.datasets.queries import visible_to
from diptych.models import Dataset, Record, User
from diptych.records import blocks


def get_record(session: Session, dataset: Dataset, record_id: uuid.UUID, *, lock: bool = False) -> Record:
    """Return a record of a dataset, or raise ``NotFoundError``; ``lock`` keeps others from changing it."""
    statement = select(Record).where(Record.dataset_id == dataset.id, Record.id == record_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
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


def list_page(session: Session, dataset: Dataset, *, offset: int, limit: int) -> tuple[list[uuid.UUID], int]:
    """Return the ids of the records from an offset on, in their order, and how many there are in all."""
    place = blocks.find_place(session, dataset, offset)
    if place.since is None:
        return [], place.total
    statement = (
        select(Record.id)
        .where(Record.dataset_id == dataset.id, Record.inserted_at >= place.since)
        .order_by(Record.inserted_at, Record.id)
        .offset(place.skip)
        .limit(limit)
    )
    return list(session.scalars(statement)), place.total
