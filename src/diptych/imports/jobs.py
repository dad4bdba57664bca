"""Imports of uploaded files, each in a separate process.

Each step is written into the row of the import, where the pages of every server process read it. A separate
process keeps the memory and time that decoding pictures takes away from annotators.
"""

import multiprocessing
import os
import signal
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from diptych.core import clock, log
from diptych.core.db import Database
from diptych.core.errors import ConflictError, DiptychError, NotFoundError
from diptych.core.settings import Settings
from diptych.imports.problems import Problem
from diptych.imports.queries import get_import, is_stale
from diptych.imports.service import BadRowsError, Progress, Report, import_file
from diptych.imports.uploads import discard_upload, find_upload
from diptych.models import Dataset, Import, ImportStatus, User

# Bad rows that are remembered for the page; all are counted.
PROBLEMS = 1_000
# Seconds between two signs of life, which must be well below ``queries.HEARTBEAT_TIMEOUT``.
_SIGN_OF_LIFE = 1.0
# How far an import steps back for those who annotate on the same machine (see nice(2)).
_NICENESS = 10

_log = structlog.get_logger("diptych.imports")


class Task(StrEnum):
    """What is done with the file: only look at every row, or import it."""

    CHECK = "check"
    IMPORT = "import"


def create_import(
    session: Session, dataset: Dataset, user: User, *, import_id: uuid.UUID, name: str
) -> Import:
    """Add the import of a file that a user uploaded."""
    created = Import(
        id=import_id,
        dataset_id=dataset.id,
        user_id=user.id,
        filename=name,
        status=ImportStatus.UPLOADED,
        mapping={},
        skip_bad_rows=False,
        report={},
    )
    session.add(created)
    session.flush()
    return created


def start(
    database: Database,
    settings: Settings,
    dataset: Dataset,
    import_id: uuid.UUID,
    task: Task,
    *,
    mapping: Mapping[str, str] | None = None,
    skip_bad_rows: bool = False,
) -> None:
    """Begin a task in a separate process; without a ``mapping``, the stored one stays.

    Raises ``NotFoundError`` if the dataset has no such import, and ``ConflictError`` if a task is running
    already or the file has been imported.
    """
    values: dict[str, Any] = {"skip_bad_rows": skip_bad_rows}
    if mapping is not None:
        values["mapping"] = dict(mapping)
    with database.transaction() as session:
        get_import(session, dataset, import_id)
        _claim(session, import_id, task, values)
    _spawn(database, settings, import_id, task)


def _spawn(database: Database, settings: Settings, import_id: uuid.UUID, task: Task) -> None:
    address = database.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    context.Process(target=_work, args=(address, settings, import_id, task), daemon=True).start()


def _claim(session: Session, import_id: uuid.UUID, task: Task, values: dict[str, Any]) -> None:
    free = Import.status.in_([ImportStatus.UPLOADED, ImportStatus.FAILED])
    claimed = session.execute(
        update(Import)
        .where(Import.id == import_id, or_(free, is_stale()))
        .values(status=ImportStatus.RUNNING, report={"task": task}, updated_at=clock.now(), **values)
        .returning(Import.id)
    ).first()
    if claimed is None:
        raise ConflictError("This import is already running, or is done.")


def _work(address: str, settings: Settings, import_id: uuid.UUID, task: Task) -> None:
    # Ctrl-C is for the server, which then ends this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    log.configure(settings)
    database = Database(address, pool_size=2)
    try:
        run(database, settings, import_id, task)
    except Exception as error:  # noqa: BLE001 - the process would print it without the care of the log
        _log.exception("import ended", import_id=str(import_id), exc_info=error)
    finally:
        database.dispose()


def run(database: Database, settings: Settings, import_id: uuid.UUID, task: Task) -> None:
    """Do a task that was begun, and write its outcome down, whatever happens."""
    notes = _Notes(task)
    with _Pulse(lambda: _write(database, import_id, notes)):
        try:
            notes.result = _import(database, settings, import_id, notes)
            status = ImportStatus.DONE if task == Task.IMPORT else ImportStatus.UPLOADED
        except BadRowsError as error:
            notes.result = error.report
            notes.error = "Some rows can't be imported, so nothing was. Fix them, or skip them."
            status = ImportStatus.FAILED
        except DiptychError as error:
            notes.error = error.message
            status = ImportStatus.FAILED if task == Task.IMPORT else ImportStatus.UPLOADED
        except Exception as error:  # noqa: BLE001 - the page learns of it from here only
            _log.exception("import failed", import_id=str(import_id), exc_info=error)
            notes.error = "Something went wrong on the server; nothing was imported."
            status = ImportStatus.FAILED
    _write(database, import_id, notes, status=status)
    if status == ImportStatus.DONE:
        discard_upload(settings, import_id)


def _import(database: Database, settings: Settings, import_id: uuid.UUID, notes: "_Notes") -> Report:
    with database.transaction() as session:
        job = session.get_one(Import, import_id)
        dataset, actor = session.get_one(Dataset, job.dataset_id), session.get_one(User, job.user_id)
    upload = find_upload(settings, import_id)
    if upload is None:
        raise NotFoundError("The uploaded file is no longer on this server. Please upload it again.")
    path, images = upload
    return import_file(
        database,
        dataset,
        path,
        settings=settings,
        images=images,
        mapping=job.mapping,
        skip_bad_rows=job.skip_bad_rows,
        dry_run=notes.task == Task.CHECK,
        actor=actor,
        on_problem=notes.add_problem,
        on_progress=notes.set_progress,
    )


def _write(
    database: Database, import_id: uuid.UUID, notes: "_Notes", *, status: ImportStatus | None = None
) -> None:
    values: dict[str, Any] = {"report": notes.as_dict(), "updated_at": clock.now()}
    if status is not None:
        values["status"] = status
    with database.transaction() as session:
        session.execute(update(Import).where(Import.id == import_id).values(**values))


class _Notes:
    """What the page shows of a task."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.result: Report | None = None
        self.error: str | None = None
        self._bad = 0
        self._problems: list[Problem] = []
        self._progress: Progress | None = None

    def add_problem(self, problem: Problem) -> None:
        self._bad += 1
        if len(self._problems) < PROBLEMS:
            self._problems.append(problem)

    def set_progress(self, progress: Progress) -> None:
        self._progress = progress

    def as_dict(self) -> dict[str, Any]:
        return {
            "task": self.task,
            "error": self.error,
            "bad": self._bad,
            "problems": [asdict(problem) for problem in sorted(self._problems, key=_place)],
            "progress": asdict(self._progress) if self._progress else None,
            "result": asdict(self.result) if self.result else None,
        }


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.record or 0


class _Pulse:
    """Calls a function every second, even while the database is busy with one long statement."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._is_over.wait(_SIGN_OF_LIFE):
            try:
                self._beat()
            except Exception as error:  # noqa: BLE001 - the import may well succeed without this sign of life
                _log.warning("no sign of life of an import", error=error)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()
