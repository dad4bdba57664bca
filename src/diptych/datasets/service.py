"""Making datasets, changing them, and deleting them."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.db import take_time
from diptych.core.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from diptych.core.pipeline import Query, ask, run
from diptych.core.storable import is_storable_text
from diptych.datasets import settings
from diptych.datasets.templates import TEMPLATES
from diptych.models import (
    Assignment,
    Dataset,
    DatasetStatus,
    Field,
    Question,
    Record,
    RecordOrder,
    Response,
    ResponseEvent,
    Suggestion,
    Vector,
    Workspace,
)
from diptych.users.queries import get_workspace
from diptych.users.service import DEFAULT_WORKSPACE

NAME_LENGTH = 200
# Each connection that writes totals has one of these; so many rarely meet.
COUNT_SLOTS = 16
# Generous: a campaign's guidelines have a few thousand.
GUIDELINES_LENGTH = 100_000

# Old and new are counted on the same locked rows, so that no answer given meanwhile is counted twice.
_REDISTRIBUTE = text("""
WITH before AS (SELECT id, status FROM records WHERE dataset_id = :dataset_id ORDER BY id FOR UPDATE),
after AS (UPDATE records r SET min_submitted = :min_submitted,
              updated_at = CASE WHEN (b.status = 'completed') <> (submitted_count >= :min_submitted)
                                THEN greatest(updated_at, now()) ELSE updated_at END
          FROM before b
          WHERE r.dataset_id = :dataset_id AND r.id = b.id
          RETURNING b.status AS old, r.status AS new)
SELECT count(*) FILTER (WHERE new = 'completed') - count(*) FILTER (WHERE old = 'completed') FROM after
""")

# One slot in a transaction: two that took several, each in its own order, could wait for each other.
_ADD_TO_TOTALS = """
INSERT INTO dataset_counts AS c (dataset_id, slot, records, completed)
VALUES (%(dataset_id)s, pg_backend_pid() %% %(slots)s, %(records)s, %(completed)s)
ON CONFLICT (dataset_id, slot) DO UPDATE
SET records = c.records + excluded.records, completed = c.completed + excluded.completed
"""


def create_dataset(
    session: Session,
    workspace: Workspace,
    *,
    name: str,
    guidelines: str | None = None,
    allow_extra_metadata: bool = True,
    min_submitted: int = 1,
    shuffle_sides: bool = True,
    record_order: RecordOrder = RecordOrder.RANDOM,
) -> Dataset:
    """Create a draft, to which fields and questions are then added.

    Raises ``ConflictError`` if the workspace has one of that name, ``InvalidError`` if a value does not fit.
    """
    dataset = Dataset(
        workspace_id=workspace.id,
        name=name,
        status=DatasetStatus.DRAFT,
        guidelines=guidelines,
        allow_extra_metadata=allow_extra_metadata,
        min_submitted=min_submitted,
        shuffle_sides=shuffle_sides,
        record_order=record_order,
    )
    _check(session, dataset)
    with _refusing_a_taken_name(session, name):
        session.add(dataset)
    return dataset


def create_dataset_from_template(
    session: Session,
    template: str,
    *,
    name: str,
    workspace: str = DEFAULT_WORKSPACE,
    min_submitted: int = 1,
    guidelines: str | None = None,
    shuffle_sides: bool = True,
    record_order: RecordOrder = RecordOrder.RANDOM,
) -> Dataset:
    """Create a dataset from one of ``TEMPLATES``, ready for its records.

    Without ``guidelines`` it has those of the template.

    Errors as ``create_dataset``.
    """
    made_of = TEMPLATES[template]()
    dataset = create_dataset(
        session,
        get_workspace(session, workspace),
        name=name,
        guidelines=guidelines if guidelines is not None else made_of.guidelines(),
        min_submitted=min_submitted,
        shuffle_sides=shuffle_sides,
        record_order=record_order,
    )
    for setting in made_of.settings():
        settings.add(session, dataset, setting)
    publish_dataset(session, dataset)
    return dataset


def change_dataset(session: Session, dataset: Dataset, changes: Mapping[str, Any]) -> None:
    """Change what ``changes`` names: ``name``, ``guidelines``, ``allow_extra_metadata``, ``min_submitted``.

    Another ``min_submitted`` completes records, or opens them again, at once. Errors as ``create_dataset``.
    """
    changes = dict(changes)
    min_submitted = changes.pop("min_submitted", dataset.min_submitted)
    is_redistributed = min_submitted != dataset.min_submitted
    if is_redistributed:
        # Before the row itself is locked: whoever adds records holds this lock, and then needs the row.
        lock_records(session, dataset)
    for name, value in changes.items():
        setattr(dataset, name, value)
    _check(session, dataset)
    with _refusing_a_taken_name(session, dataset.name):
        session.flush()
    if is_redistributed:
        _redistribute(session, dataset, min_submitted)
    dataset.updated_at = clock.now()
    session.flush()


def publish_dataset(session: Session, dataset: Dataset) -> None:
    """Open a draft for answers; from then on its fields and questions stay.

    Raises ``InvalidError`` if it is published already, or has no required field or no required question.
    """
    session.refresh(dataset, with_for_update=True)
    if dataset.status == DatasetStatus.READY:
        raise InvalidError("The dataset is published already.")
    for table, kind in ((Field, "field"), (Question, "question")):
        needed = select(table.id).where(table.dataset_id == dataset.id, table.required)
        if session.scalar(needed.limit(1)) is None:
            raise InvalidError(f"The dataset cannot be published without a required {kind}.")
    dataset.status = DatasetStatus.READY
    dataset.updated_at = clock.now()
    session.flush()


def refuse_draft(dataset: Dataset) -> None:
    """Raise ``ConflictError`` if a dataset is not open for answers yet."""
    if dataset.status == DatasetStatus.DRAFT:
        raise ConflictError(f"{dataset.name!r} is still a draft, so nobody can answer it.")


def delete_dataset(session: Session, dataset: Dataset) -> None:
    """Delete a dataset with its records and everything that people answered."""
    # Whoever adds records meanwhile waits, and then finds no dataset.
    lock_records(session, dataset)
    take_time(session)
    # The settings go with the dataset; what grows with the records goes first, each table at once.
    for table in (Suggestion, Vector, Assignment, ResponseEvent, Response, Record):
        session.execute(delete(table).where(table.dataset_id == dataset.id))
    session.delete(dataset)
    session.flush()


def lock_records(session: Session, dataset: Dataset) -> None:
    """Wait for one's turn to add records to a dataset or to take some out, until the transaction ends.

    The dataset is then as whoever came before left it; raises ``NotFoundError`` if they deleted it, and
    ``UnavailableError`` if that takes longer than this transaction waits for locks.
    """
    statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:dataset_id, 0))")
    try:
        session.execute(statement, {"dataset_id": str(dataset.id)})
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise UnavailableError(
            f"The records of {dataset.name!r} are just being changed, by an import for instance; "
            "please try again in a moment.",
            retry_after=5,
        ) from None
    fresh = select(Dataset).where(Dataset.id == dataset.id).execution_options(populate_existing=True)
    if session.scalar(fresh) is None:
        raise NotFoundError(f"There is no dataset with the id {dataset.id}.", dataset=str(dataset.id))


def add_to_totals(session: Session, dataset_id: uuid.UUID, *, records: int = 0, completed: int = 0) -> None:
    """Move a dataset's totals by so many records and completed records."""
    run(session, ask(totals_added(dataset_id, records=records, completed=completed)))


def totals_added(dataset_id: uuid.UUID, *, records: int = 0, completed: int = 0) -> Query[None]:
    """Return the query of ``add_to_totals``."""
    values = {"dataset_id": dataset_id, "slots": COUNT_SLOTS, "records": records, "completed": completed}
    return Query(_ADD_TO_TOTALS, values)


def _redistribute(session: Session, dataset: Dataset, min_submitted: int) -> None:
    if min_submitted < 1:
        raise InvalidError("A record needs at least one submitted answer.", field="min_submitted")
    dataset.min_submitted = min_submitted
    values = {"dataset_id": dataset.id, "min_submitted": min_submitted}
    take_time(session)
    add_to_totals(session, dataset.id, completed=session.execute(_REDISTRIBUTE, values).scalar_one())


def _check(session: Session, dataset: Dataset) -> None:
    name = dataset.name
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable() or name != name.strip():
        raise InvalidError(
            f"The name of a dataset has 1 to {NAME_LENGTH} visible characters and no space at its ends.",
            field="name",
        )
    if dataset.min_submitted < 1:
        raise InvalidError("A record needs at least one submitted answer.", field="min_submitted")
    guidelines = dataset.guidelines
    if guidelines and (len(guidelines) > GUIDELINES_LENGTH or not is_storable_text(guidelines)):
        raise InvalidError(f"Guidelines have up to {GUIDELINES_LENGTH:,} characters.", field="guidelines")
    with session.no_autoflush:
        taken = session.scalar(
            select(Dataset.id).where(
                Dataset.workspace_id == dataset.workspace_id, Dataset.name == name, Dataset.id != dataset.id
            )
        )
    if taken is not None:
        raise _name_taken(name)


@contextmanager
def _refusing_a_taken_name(session: Session, name: str) -> Iterator[None]:
    """Raise ``ConflictError`` if somebody else took the name after it was found free."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise _name_taken(name) from error


def _name_taken(name: str) -> ConflictError:
    return ConflictError(f"The workspace already has a dataset named {name!r}.", name=name)
