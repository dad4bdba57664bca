"""The jobs that check and import an uploaded file, in a worker process.

A separate process keeps the memory and time that decoding pictures takes away from annotators.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from diptych.core.data_dir import data_dir_id
from diptych.core.errors import ConflictError, DiptychError, NotFoundError
from diptych.core.settings import Settings
from diptych.imports.problems import Problem
from diptych.imports.queries import Task, get_import
from diptych.imports.report import BadRowsError, Report
from diptych.imports.report import Progress as FileProgress
from diptych.imports.service import import_file
from diptych.imports.uploads import discard_upload, find_upload
from diptych.jobs.kinds import JobKind
from diptych.jobs.run import JobFailedError, JobRun, Progress
from diptych.jobs.service import enqueue
from diptych.models import Dataset, Import, Lane, User

# Bad rows that are remembered for the page; all are counted.
MAX_PROBLEMS = 1_000


def create_import(
    session: Session,
    settings: Settings,
    dataset: Dataset,
    user: User,
    *,
    import_id: uuid.UUID,
    name: str,
    mapping: Mapping[str, str],
) -> Import:
    """Add the import of a file that a user uploaded, and the job that checks it."""
    job_id = _enqueue(session, settings, dataset, user, import_id, Task.CHECK, mapping=mapping)
    created = Import(id=import_id, dataset_id=dataset.id, user_id=user.id, job_id=job_id, filename=name)
    session.add(created)
    session.flush()
    return created


def start(
    session: Session,
    settings: Settings,
    dataset: Dataset,
    user: User,
    import_id: uuid.UUID,
    task: Task,
    *,
    mapping: Mapping[str, str] | None = None,
    skip_bad_rows: bool = False,
) -> None:
    """Ask for another job on an uploaded file; without a ``mapping``, that of the last job stays.

    Raises ``NotFoundError`` if the dataset has no such import, and ``ConflictError`` if a job has the file
    already or the file has been imported.
    """
    state = get_import(session, dataset, import_id, lock=True)
    if not state.is_waiting:
        raise ConflictError("This import is already running, or is done.")
    state.import_.job_id = _enqueue(
        session,
        settings,
        dataset,
        user,
        import_id,
        task,
        mapping=state.mapping if mapping is None else mapping,
        skip_bad_rows=skip_bad_rows,
    )


def _enqueue(
    session: Session,
    settings: Settings,
    dataset: Dataset,
    user: User,
    import_id: uuid.UUID,
    task: Task,
    *,
    mapping: Mapping[str, str],
    skip_bad_rows: bool = False,
) -> uuid.UUID:
    payload = {"import_id": str(import_id), "mapping": dict(mapping), "skip_bad_rows": skip_bad_rows}
    job_id = enqueue(
        session, KINDS[task], payload, dataset=dataset, user=user, data_dir=data_dir_id(settings)
    )
    assert job_id is not None  # noqa: S101 - it has no key that another one might have
    return job_id


def _do(run: JobRun) -> None:
    task, import_id = Task(run.job.kind), uuid.UUID(run.job.payload["import_id"])
    problems = _Problems()
    try:
        _read(run, task, import_id, problems)
    except DiptychError as error:
        report = error.report if isinstance(error, BadRowsError) else None
        raise JobFailedError(_explain(error), problems.result(report)) from error
    if task == Task.IMPORT:
        discard_upload(run.settings, import_id)


def _read(run: JobRun, task: Task, import_id: uuid.UUID, problems: "_Problems") -> None:
    with run.database.transaction() as session:
        dataset, actor = session.get_one(Dataset, run.job.dataset_id), session.get_one(User, run.job.user_id)
    upload = find_upload(run.settings, import_id)
    if upload is None:
        raise NotFoundError("The uploaded file is no longer on this server. Please upload it again.")
    path, images = upload

    def on_progress(file: FileProgress) -> None:
        step = "store" if file.is_writing else "read"
        run.report(Progress(step, file.done, file.total, bad=problems.count))

    import_file(
        run.database,
        dataset,
        path,
        settings=run.settings,
        images=images,
        mapping=run.job.payload["mapping"],
        skip_bad_rows=run.job.payload["skip_bad_rows"],
        dry_run=task == Task.CHECK,
        actor=actor,
        on_problem=problems.add,
        on_progress=on_progress,
        on_done=lambda session, report: run.finish(session, problems.result(report)),
    )


def _explain(error: DiptychError) -> str:
    if isinstance(error, BadRowsError):
        return "Some rows can't be imported, so nothing was. Fix them, or skip them."
    return error.message


class _Problems:
    """The bad rows of a file: how many, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[Problem] = []

    def add(self, problem: Problem) -> None:
        self.count += 1
        if len(self._first) < MAX_PROBLEMS:
            self._first.append(problem)

    def result(self, report: Report | None) -> dict[str, Any]:
        """Return what the page shows, as JSON."""
        first = sorted(self._first, key=lambda problem: (problem.line, problem.record or 0))
        return {
            "report": asdict(report) if report else None,
            "bad": self.count,
            "problems": [asdict(problem) for problem in first],
        }


KINDS = {task: JobKind(task.value, Lane.LONG, _do) for task in Task}
