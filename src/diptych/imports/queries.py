"""Which files were uploaded, and how far their imports are."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.models import Dataset, Import, Job, JobStatus, User

SHOWN = 50


class Task(StrEnum):
    """What a job does with a file: only look at every row, or import it."""

    CHECK = "check_import"
    IMPORT = "import"


@dataclass(frozen=True)
class ImportState:
    """An import, its latest job, and who uploaded the file."""

    import_: Import
    job: Job
    username: str

    @property
    def task(self) -> Task:
        """What the job does with the file, or has done."""
        return Task(self.job.kind)

    @property
    def is_open(self) -> bool:
        """Whether the job waits for a worker, or runs."""
        return self.job.status in {JobStatus.QUEUED, JobStatus.STARTED}

    @property
    def is_done(self) -> bool:
        """Whether the file was imported; it is deleted then."""
        return self.task == Task.IMPORT and self.job.status == JobStatus.FINISHED

    @property
    def is_waiting(self) -> bool:
        """Whether an admin has to decide whether to import the file."""
        return not self.is_open and not self.is_done

    @property
    def mapping(self) -> Mapping[str, str]:
        """The file's column for each of ours."""
        return self.job.payload["mapping"]  # type: ignore[no-any-return]

    @property
    def result(self) -> Mapping[str, Any]:
        """What ``imports.jobs`` found: ``report``, ``problems`` and ``bad``, if it came so far."""
        return self.job.result or {}


def list_imports(session: Session, dataset: Dataset) -> Sequence[ImportState]:
    """Return the latest imports into a dataset, the last one first."""
    statement = _states(dataset).order_by(Import.inserted_at.desc(), Import.id.desc()).limit(SHOWN)
    return [ImportState(*row) for row in session.execute(statement)]


def get_import(
    session: Session, dataset: Dataset, import_id: uuid.UUID, *, lock: bool = False
) -> ImportState:
    """Return an import into a dataset, or raise ``NotFoundError``; ``lock`` keeps others from changing it."""
    statement = _states(dataset).where(Import.id == import_id)
    row = session.execute(statement.with_for_update(of=Import) if lock else statement).one_or_none()
    if row is None:
        raise NotFoundError("There is no such import.")
    return ImportState(*row)


def _states(dataset: Dataset) -> Select[Import, Job, str]:
    return (
        select(Import, Job, User.username)
        .join(Job, Job.id == Import.job_id)
        .join(User, User.id == Import.user_id)
        .where(Import.dataset_id == dataset.id)
    )
