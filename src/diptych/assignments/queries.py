"""Who is looking at what."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select, text, true
from sqlalchemy.orm import Session

from diptych.assignments.leases import Lease
from diptych.assignments.shown_order import shown_order
from diptych.core import clock
from diptych.core.errors import NotFoundError
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.queries import Progress, TeamProgress, progress_in
from diptych.models import Assignment, Dataset, Record, Response, User
from diptych.records.suggestions import Suggested, read_suggestions, suggestions_of


@dataclass(frozen=True)
class LeasedRecord:
    """A record for one person: which image is in which slot, and what is suggested, by question.

    Without a ``shown_order``, the images stand as in the record. ``is_held`` says that the person has a lease
    on it.
    """

    record: Record
    shown_order: Sequence[int] | None
    suggestions: Mapping[uuid.UUID, Suggested]
    is_held: bool = True


@dataclass(frozen=True)
class AnnotatorState:
    """Where a person is in a dataset: the record that they hold longest, and the one they answered last."""

    progress: Progress
    held: LeasedRecord | None
    latest: uuid.UUID | None


def get_annotator_state(session: Session, dataset: Dataset, user: User) -> AnnotatorState:
    """Return where a person is in a dataset."""
    lease = (
        select(Assignment.record_id, Assignment.shown_order)
        .where(
            Assignment.dataset_id == dataset.id,
            Assignment.user_id == user.id,
            Assignment.expires_at > clock.now(),
        )
        # First what no window shows; what one shows stays there, unless that window is gone.
        .order_by(Assignment.window_id.is_not(None), Assignment.inserted_at, Assignment.position)
        .limit(1)
        .subquery("lease")
    )
    latest = (
        select(Response.record_id)
        .where(Response.dataset_id == dataset.id, Response.user_id == user.id)
        .order_by(Response.inserted_at.desc(), Response.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        progress_in(dataset, user)
        .add_columns(Record, lease.c.shown_order, suggestions_of(dataset), latest)
        .outerjoin(lease, true())
        .outerjoin(Record, (Record.dataset_id == dataset.id) & (Record.id == lease.c.record_id))
    )
    records, completed, mine, record, order, suggestions, latest_id = session.execute(statement).one()
    held = LeasedRecord(record, order, read_suggestions(suggestions)) if record else None
    return AnnotatorState(Progress(TeamProgress(records, completed), mine), held, latest_id)


def get_leased_record(session: Session, dataset: Dataset, user: User, record_id: uuid.UUID) -> LeasedRecord:
    """Return a record for a person, whether they hold it or not, or raise ``NotFoundError``."""
    named = get_cached_settings(session, dataset).named_images
    order = text(shown_order(dataset, named, record_id="records.id", user_id=":user_id"))
    lease = exists().where(
        Assignment.dataset_id == dataset.id,
        Assignment.record_id == record_id,
        Assignment.user_id == user.id,
    )
    statement = select(Record, order, suggestions_of(dataset), lease).where(
        Record.dataset_id == dataset.id, Record.id == record_id
    )
    row = session.execute(statement, {"user_id": user.id}).one_or_none()
    if row is None:
        raise NotFoundError("There is no such record in this dataset.", record=str(record_id))
    record, found, suggestions, is_held = row
    return LeasedRecord(record, found, read_suggestions(suggestions), is_held)


def list_leased_records(
    session: Session, dataset: Dataset, leases: Sequence[Lease]
) -> Sequence[LeasedRecord]:
    """Return the records of a person's leases in their order."""
    ids = [lease.record_id for lease in leases]
    rows = session.execute(
        select(Record, suggestions_of(dataset)).where(Record.dataset_id == dataset.id, Record.id.in_(ids))
    )
    found = {record.id: (record, read_suggestions(suggestions)) for record, suggestions in rows}
    return [
        LeasedRecord(record, lease.shown_order, suggested)
        for lease in leases
        for record, suggested in [found[lease.record_id]]
    ]
