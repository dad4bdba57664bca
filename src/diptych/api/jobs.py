"""Jobs: how far work is that outlives the request for it."""

import uuid

from pydantic import BaseModel
from sqlalchemy.orm import Session

from diptych.api.auth import Admin, DbSession
from diptych.core.edge import Router
from diptych.datasets.read_access import visible_to
from diptych.jobs.queries import NoSuchJobError, get_job
from diptych.models import Dataset, Job, JobStatus, User

router = Router(tags=["jobs"])


class JobOut(BaseModel):
    """How far a job is, and why it failed."""

    id: uuid.UUID
    status: JobStatus
    error: str | None


@router.get("/jobs/{job_id}")
def read_job(session: DbSession, caller: Admin, job_id: uuid.UUID) -> JobOut:
    """Return a job on a dataset that the caller may manage, or one that the caller has asked for."""
    job = get_job(session, job_id)
    if not _is_visible(session, caller, job):
        raise NoSuchJobError
    return JobOut(id=job.id, status=job.status, error=job.error)


def _is_visible(session: Session, caller: User, job: Job) -> bool:
    if job.dataset_id is None:
        return job.user_id == caller.id
    return session.scalar(visible_to(caller).where(Dataset.id == job.dataset_id)) is not None
