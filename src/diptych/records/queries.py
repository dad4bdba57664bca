"""Reading records."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.datasets.queries import visible_to
from diptych.models import Dataset, Record, User


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


def lock_visible_records(
    session: Session, user: User, record_ids: Collection[uuid.UUID]
) -> Sequence[uuid.UUID]:
    """Keep others from changing records of any datasets that a person may see; unknown ids are left out.

    Everybody who needs several locks them like this, in the order that is returned, and before anything else:
    nobody then holds what somebody else needs while waiting for them.
    """
    statement = visible_to(user).join(Record, Record.dataset_id == Dataset.id).with_only_columns(Record.id)
    statement = statement.where(Record.id.in_(record_ids)).order_by(Record.dataset_id, Record.id)
    return session.scalars(statement.with_for_update(of=Record, key_share=True)).all()
