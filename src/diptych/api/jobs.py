"""Jobs: how far work is that outlives the request for it."""

import uuid

from pydantic import BaseModel

from diptych.api.auth import Admin, DbSession
from diptych.core.edge import Router
from diptych.core.errors import NotFoundError
from diptych.datasets.queries import get_visible_dataset_by_id
from diptych.jobs.queries import get_job
from diptych.models import JobStatus

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
    if job.dataset_id is not None:
        get_visible_dataset_by_id(session, caller, job.dataset_id)
    elif job.user_id != caller.id:
        raise NotFoundError("There is no such job.")
    return JobOut(id=job.id, status=job.status, error=job.error)
