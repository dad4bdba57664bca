"""Who is looking at what."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.assignments.sides import swapped
from diptych.core import clock
from diptych.models import Assignment, Dataset, Record, User


def list_leased_records(session: Session, dataset: Dataset, user: User) -> Sequence[tuple[Record, bool]]:
    """Return the records a person holds, the oldest lease first, and whether their sides are swapped."""
    rows = session.execute(
        select(Record, Assignment.swapped)
        .join(Assignment, (Assignment.dataset_id == Record.dataset_id) & (Assignment.record_id == Record.id))
        .where(
            Assignment.dataset_id == dataset.id,
            Assignment.user_id == user.id,
            Assignment.expires_at > clock.now(),
        )
        .order_by(Assignment.inserted_at, Assignment.position)
    )
    return [(record, is_swapped) for record, is_swapped in rows]


def list_records(
    session: Session, dataset: Dataset, leases: Sequence[Assignment]
) -> Sequence[tuple[Record, bool]]:
    """Return the records of some leases in their order, and whether their sides are swapped."""
    ids = [lease.record_id for lease in leases]
    rows = session.scalars(select(Record).where(Record.dataset_id == dataset.id, Record.id.in_(ids)))
    found = {record.id: record for record in rows}
    return [(found[lease.record_id], lease.swapped) for lease in leases]


def is_swapped(session: Session, dataset: Dataset, user: User, record_id: uuid.UUID) -> bool:
    """Say whether this person sees this record's ``image_2`` on the left."""
    expression = select(swapped(dataset, Record.id, user.id))
    return bool(session.scalar(expression.where(Record.dataset_id == dataset.id, Record.id == record_id)))
