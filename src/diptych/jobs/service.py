"""Asking for jobs and cancelling them."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core.db import new_id
from diptych.core.errors import ConflictError
from diptych.jobs.kinds import JobKind
from diptych.jobs.queries import is_open
from diptych.models import Dataset, Job, JobStatus, User, Worker

_NO_FILES = "This server was restored from a backup, which has no uploads. Please upload the file again."


def enqueue(
    session: Session,
    kind: JobKind,
    payload: Mapping[str, Any],
    *,
    dataset: Dataset | None = None,
    user: User | None = None,
    data_dir: str | None = None,
    key: str | None = None,
) -> uuid.UUID | None:
    """Add a job and return its id; a worker sees it once the transaction is committed.

    Only workers with the ``data_dir`` take it, if it has one. While a job with the same ``key`` is not over,
    nothing is added, and None returned.
    """
    statement = (
        insert(Job)
        .values(
            id=new_id(),
            kind=kind.name,
            lane=kind.lane,
            payload=dict(payload),
            dataset_id=dataset.id if dataset else None,
            user_id=user.id if user else None,
            data_dir=data_dir,
            key=key,
        )
        .on_conflict_do_nothing(index_elements=[Job.key], index_where=is_open())
        .returning(Job.id)
    )
    return session.scalar(statement)


def end_elsewhere(connection: Connection) -> None:
    """End the jobs of a database that was brought here without the workers and the files that they need."""
    values = {"status": JobStatus.FAILED, "error": _NO_FILES, "finished_at": func.now()}
    connection.execute(update(Job).where(is_open(), Job.data_dir.is_not(None)).values(**values))
    connection.execute(delete(Worker))


def cancel(session: Session, job_id: uuid.UUID) -> None:
    """Cancel a job that waits, and ask the worker of one that runs to stop; it does so within seconds.

    Raises ``ConflictError`` if the job is over.
    """
    waiting = Job.status == JobStatus.QUEUED
    canceled = {"status": JobStatus.CANCELED, "finished_at": func.now()}
    for condition, values in ((waiting, canceled), (is_open(), {"is_cancel_requested": True})):
        statement = update(Job).where(Job.id == job_id, condition).values(**values).returning(Job.id)
        if session.scalar(statement):
            return
    raise ConflictError("This job is over, so it cannot be canceled.")
