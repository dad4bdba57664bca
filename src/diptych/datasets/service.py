"""Creating, changing and deleting datasets."""

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
from diptych.core.statements import Query, fetch, run
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
# Each connection that writes totals uses one of these slots, so that writers rarely wait for each other.
COUNT_SLOTS = 16
# The guidelines of a campaign usually have a few thousand characters.
GUIDELINES_LENGTH = 100_000

# Counts old and new statuses on the same locked rows, so that no concurrent answer is counted twice.
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

# One slot per transaction: two transactions with several slots in different orders could deadlock.
_ADD_TO_TOTALS = f"""
INSERT INTO dataset_counts AS c (dataset_id, slot, records, completed)
SELECT dataset_id, pg_backend_pid() %% {COUNT_SLOTS}, records, completed FROM ({{rows}}) added
ON CONFLICT (dataset_id, slot) DO UPDATE
SET records = c.records + excluded.records, completed = c.completed + excluded.completed
"""  # noqa: S608 - a constant
_ONE_DATASET = """
SELECT CAST(%(dataset_id)s AS uuid) AS dataset_id, CAST(%(records)s AS integer) AS records,
       CAST(%(completed)s AS integer) AS completed
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
    """Create a draft without fields and questions.

    Raises ``ConflictError`` if the workspace has a dataset of that name, ``InvalidError`` for invalid values.
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
    """Create and publish a dataset with the settings of one of ``TEMPLATES``.

    Its default guidelines are those of the template.

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
    """Change the named values: ``name``, ``guidelines``, ``allow_extra_metadata``, ``min_submitted``.

    A new ``min_submitted`` immediately completes or reopens records. Errors as ``create_dataset``.
    """
    changes = dict(changes)
    min_submitted = changes.pop("min_submitted", dataset.min_submitted)
    is_redistributed = min_submitted != dataset.min_submitted
    if is_redistributed:
        # Before locking the row: transactions that add records take this lock first, and then the row.
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
    """Publish a draft for answers; its fields and questions are then fixed.

    Raises ``InvalidError`` if it is already published, or has no required field or no required question.
    """
    session.refresh(dataset, with_for_update=True)
    if dataset.status == DatasetStatus.READY:
        raise InvalidError("The dataset is already published.")
    for table, kind in ((Field, "field"), (Question, "question")):
        needed = select(table.id).where(table.dataset_id == dataset.id, table.required)
        if session.scalar(needed.limit(1)) is None:
            raise InvalidError(f"The dataset cannot be published without a required {kind}.")
    dataset.status = DatasetStatus.READY
    dataset.updated_at = clock.now()
    session.flush()


def refuse_draft(dataset: Dataset) -> None:
    """Raise ``ConflictError`` if a dataset is still a draft."""
    if dataset.status == DatasetStatus.DRAFT:
        raise ConflictError(f"{dataset.name!r} is still a draft, so its records cannot be answered yet.")


def delete_dataset(session: Session, dataset: Dataset) -> None:
    """Delete a dataset with its records and all answers."""
    # Transactions that add records meanwhile wait, and then find no dataset.
    lock_records(session, dataset)
    take_time(session)
    # The settings are deleted with the dataset; the big tables are emptied first, one statement each. No key
    # links events to records; once the records are deleted, no answer can write another event.
    for table in (Suggestion, Vector, Assignment, Response, Record, ResponseEvent):
        session.execute(delete(table).where(table.dataset_id == dataset.id))
    session.delete(dataset)
    session.flush()


def lock_records(session: Session, dataset: Dataset) -> None:
    """Lock a dataset for adding or deleting records until the transaction ends.

    Refreshes ``dataset``. Raises ``NotFoundError`` if the dataset was deleted meanwhile, and
    ``UnavailableError`` if the lock is not free within the transaction's lock timeout.
    """
    statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:dataset_id, 0))")
    try:
        session.execute(statement, {"dataset_id": str(dataset.id)})
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise UnavailableError(
            f"The records of {dataset.name!r} are being changed right now, for example by an import; "
            "please try again in a moment.",
            retry_after=5,
        ) from None
    fresh = select(Dataset).where(Dataset.id == dataset.id).execution_options(populate_existing=True)
    if session.scalar(fresh) is None:
        raise NotFoundError(f"There is no dataset with the id {dataset.id}.", dataset=str(dataset.id))


def add_to_totals(session: Session, dataset_id: uuid.UUID, *, records: int = 0, completed: int = 0) -> None:
    """Add numbers of records and completed records to a dataset's totals."""
    values = {"dataset_id": dataset_id, "records": records, "completed": completed}
    run(session, fetch(Query(adding_to_totals(_ONE_DATASET), values)))


def adding_to_totals(rows: str) -> str:
    """Return the SQL that moves totals by the rows of a query: ``dataset_id``, ``records``, ``completed``."""
    return _ADD_TO_TOTALS.format(rows=rows)


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
            f"A dataset name needs 1 to {NAME_LENGTH} visible characters, and no space at its start or end.",
            field="name",
        )
    if dataset.min_submitted < 1:
        raise InvalidError("A record needs at least one submitted answer.", field="min_submitted")
    guidelines = dataset.guidelines
    if guidelines and (len(guidelines) > GUIDELINES_LENGTH or not is_storable_text(guidelines)):
        raise InvalidError(f"Guidelines can have up to {GUIDELINES_LENGTH:,} characters.", field="guidelines")
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
    """Raise ``ConflictError`` if another transaction took the name after the check."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise _name_taken(name) from error


def _name_taken(name: str) -> ConflictError:
    return ConflictError(f"The workspace already has a dataset named {name!r}.", name=name)
