"""Reading records."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, func, select, text, true
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.core.statements import Query
from diptych.datasets.read_access import visible_to
from diptych.models import Dataset, ImageFailure, Record, User

_FIND_DATASETS = """
SELECT r.id, d.id FROM datasets d CROSS JOIN LATERAL (
    SELECT id FROM records WHERE dataset_id = d.id AND id = ANY(%(record_ids)s) OFFSET 0) r
"""


# How long image failures are shown.
_RECENT = text("interval '24 hours'")


@dataclass(frozen=True)
class FailedRecord:
    """A record whose ``images``, by number, did not load for some ``people``, last at the time ``at``.

    ``name`` is its external id.
    """

    record_id: uuid.UUID
    name: str
    images: Sequence[int]
    people: int
    at: datetime


def get_record(session: Session, dataset: Dataset, record_id: uuid.UUID, *, lock: bool = False) -> Record:
    """Return a record of a dataset, or raise ``NotFoundError``; ``lock`` locks it against changes."""
    statement = select(Record).where(Record.dataset_id == dataset.id, Record.id == record_id)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    record = session.scalar(statement)
    if record is None:
        raise NotFoundError("There is no such record in this dataset.", record=str(record_id))
    return record


def get_visible_record(session: Session, user: User, record_id: uuid.UUID) -> tuple[Record, Dataset]:
    """Return a record of any dataset that the user may see, and the dataset, or raise ``NotFoundError``."""
    statement = visible_to(user).join(Record, Record.dataset_id == Dataset.id).add_columns(Record)
    row = session.execute(statement.where(Record.id == record_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no record with the id {record_id}.", record=str(record_id))
    dataset, record = row
    return record, dataset


def datasets_of(record_ids: Collection[uuid.UUID]) -> Query[dict[uuid.UUID, uuid.UUID]]:
    """Return the query for the datasets of some records, by record, without checks of access.

    It looks for the records in every dataset, so callers use it only if they do not know the dataset.
    """
    return Query(_FIND_DATASETS, {"record_ids": list(record_ids)}, dict)


def count_image_failures(session: Session, dataset: Dataset) -> tuple[int, int]:
    """Return the number of records with image failures in the last 24 hours, and of affected users."""
    people = func.count(ImageFailure.user_id.distinct())
    statement = select(func.count(ImageFailure.record_id.distinct()), people).where(*_recent(dataset))
    records, found = session.execute(statement).one()
    return records, found


def list_image_failures(session: Session, dataset: Dataset, *, limit: int) -> Sequence[FailedRecord]:
    """Return the records with image failures in the last 24 hours, newest first."""
    images = func.unnest(ImageFailure.images).table_valued("number").render_derived(name="images")
    latest = func.max(ImageFailure.last_at)
    statement = (
        select(
            Record.id,
            func.coalesce(Record.external_id, cast(Record.id, Text)),
            func.array_agg(images.c.number.distinct()),
            func.count(ImageFailure.user_id.distinct()),
            latest,
        )
        .select_from(ImageFailure)
        .join(Record, (Record.dataset_id == ImageFailure.dataset_id) & (Record.id == ImageFailure.record_id))
        .join(images, true())
        .where(*_recent(dataset), Record.dataset_id == dataset.id)
        .group_by(Record.id, Record.external_id)
        .order_by(latest.desc(), Record.id)
    )
    return [FailedRecord(*row) for row in session.execute(statement.limit(limit))]


def _recent(dataset: Dataset) -> Sequence[ColumnElement[bool]]:
    return (ImageFailure.dataset_id == dataset.id, ImageFailure.last_at > func.now() - _RECENT)
