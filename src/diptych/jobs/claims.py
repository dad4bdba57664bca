"""Which worker has a job: the latest one that claimed it, and no other, writes how far it is.

All times are the database's, so clocks that differ between hosts do no harm.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Integer, cast, func, select, update
from sqlalchemy.orm import Session, aliased

from diptych.core.errors import ConflictError
from diptych.jobs.queries import is_stale
from diptych.models import Job, JobStatus, Lane

# How often a job may be interrupted; it is likely to be the reason.
MAX_INTERRUPTIONS = 3
_TOO_OFTEN = (
    f"This was interrupted {MAX_INTERRUPTIONS} times, so it was given up; nothing was changed. "
    "The server's log may say why: too little memory, or a database that was not there."
)


@dataclass(frozen=True)
class Claim:
    """A worker's hold on a job: ``number`` tells it from those of other workers, before and after."""

    job_id: uuid.UUID
    number: int


class ClaimLostError(ConflictError):
    """Another worker has taken the job, so this one must not write."""

    def __init__(self) -> None:
        super().__init__("Another process has taken over this job.")


class StopReason(Enum):
    """Why a running job has to stop."""

    CANCELED = "a person canceled it"
    LOST = "another worker has taken it"
    SHUTDOWN = "its worker ends"


def claim_next(
    session: Session, lane: Lane, kinds: Collection[str], *, worker: str, data_dir: str
) -> tuple[Job, Claim] | None:
    """Claim the next job of a lane for a worker, or return None if no job waits.

    Jobs whose worker has vanished count as waiting. People take turns, whoever has asked for more.
    """
    _give_up(session)
    other = aliased(Job)
    last_turn = select(func.max(other.started_at)).where(other.user_id == Job.user_id).scalar_subquery()
    waiting = (
        select(Job.id)
        .where(
            Job.lane == lane,
            Job.kind.in_(kinds),
            Job.data_dir.is_(None) | (Job.data_dir == data_dir),
            (Job.status == JobStatus.QUEUED) | is_stale(),
        )
        .order_by(last_turn.nulls_first(), Job.inserted_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(Job)
        .where(Job.id == waiting.scalar_subquery())
        .values(
            status=JobStatus.STARTED,
            claim=Job.claim + 1,
            interruptions=Job.interruptions + cast(Job.status == JobStatus.STARTED, Integer),
            worker=worker,
            heartbeat_at=func.now(),
            started_at=func.now(),
            progress=None,
        )
        .returning(Job)
    )
    job = session.scalar(claimed)
    return (job, Claim(job.id, job.claim)) if job else None


def beat(session: Session, claim: Claim, progress: Mapping[str, Any] | None) -> StopReason | None:
    """Give a sign of life with how far the job is; return why it has to stop, if it has to."""
    statement = (
        update(Job)
        .where(*_held(claim))
        .values(heartbeat_at=func.now(), progress=progress)
        .returning(Job.is_cancel_requested)
    )
    is_canceled = session.scalar(statement)
    if is_canceled is None:
        return StopReason.LOST
    return StopReason.CANCELED if is_canceled else None


def end(
    session: Session,
    claim: Claim,
    status: JobStatus,
    *,
    result: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """Write down what came of a job, or raise ``ClaimLostError``.

    In the transaction of the job's changes, this makes sure that they are stored once, by its last worker.
    """
    values = {"status": status, "result": result, "error": error, "finished_at": func.now()}
    if session.scalar(update(Job).where(*_held(claim)).values(**values).returning(Job.id)) is None:
        raise ClaimLostError


def release(session: Session, claim: Claim) -> None:
    """Put a job back into the queue, unless another worker has it."""
    session.execute(update(Job).where(*_held(claim)).values(status=JobStatus.QUEUED, progress=None))


def interrupt(session: Session, claim: Claim) -> None:
    """Let a worker begin a job again whose database was not there for a moment."""
    session.execute(update(Job).where(*_held(claim)).values(heartbeat_at=None))


def abandon(session: Session, worker: str) -> None:
    """Let other workers take the jobs of one that is known to have ended, without waiting for its silence."""
    session.execute(
        update(Job).where(Job.status == JobStatus.STARTED, Job.worker == worker).values(heartbeat_at=None)
    )


def _held(claim: Claim) -> tuple[Any, ...]:
    return Job.id == claim.job_id, Job.claim == claim.number, Job.status == JobStatus.STARTED


def _give_up(session: Session) -> None:
    session.execute(
        update(Job)
        .where(is_stale(), Job.interruptions >= MAX_INTERRUPTIONS - 1)
        .values(status=JobStatus.FAILED, error=_TOO_OFTEN, finished_at=func.now())
    )
