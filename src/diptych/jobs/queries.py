"""Which jobs there are, and whether a worker is there to do them."""

import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.models import Job, JobStatus, Worker

# A worker gives a sign of life every second or so. One that is silent for longer has lost its jobs.
HEARTBEAT_TIMEOUT = timedelta(seconds=30)


class NoSuchJobError(NotFoundError):
    """There is no job with an id, or none that the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such job.")


def is_open() -> ColumnElement[bool]:
    """Return the SQL condition that a job waits or runs."""
    return Job.finished_at.is_(None)


def is_stale() -> ColumnElement[bool]:
    """Return the SQL condition that a job was started by a worker that has vanished."""
    silent = or_(Job.heartbeat_at.is_(None), Job.heartbeat_at < func.now() - HEARTBEAT_TIMEOUT)
    return and_(Job.status == JobStatus.STARTED, silent)


def get_job(session: Session, job_id: uuid.UUID) -> Job:
    """Return a job, or raise ``NoSuchJobError``."""
    job = session.get(Job, job_id)
    if job is None:
        raise NoSuchJobError
    return job


def count_ahead(session: Session, job: Job) -> int:
    """Return how many jobs of the same lane run, or have waited for longer."""
    ahead = select(func.count()).where(
        Job.lane == job.lane, is_open(), Job.id != job.id, Job.inserted_at <= job.inserted_at
    )
    return session.scalar(ahead) or 0


def has_worker(session: Session, data_dir: str | None) -> bool:
    """Return whether a worker is alive, and has the data directory with this id, if one is given."""
    alive = select(Worker.name).where(Worker.heartbeat_at > func.now() - HEARTBEAT_TIMEOUT)
    if data_dir is not None:
        alive = alive.where(Worker.data_dir == data_dir)
    return session.scalar(alive.limit(1)) is not None
