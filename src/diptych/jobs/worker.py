"""A worker: a process that claims jobs and does them, some at a time."""

import os
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

import structlog
from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from diptych.core.data_dir import data_dir_id
from diptych.core.db import DATABASE_ERRORS, Database
from diptych.core.errors import DiptychError
from diptych.core.settings import Settings
from diptych.jobs import claims
from diptych.jobs.claims import ClaimLostError, StopReason
from diptych.jobs.kinds import JobKind
from diptych.jobs.queries import HEARTBEAT_TIMEOUT
from diptych.jobs.run import JobFailedError, JobRun, JobStoppedError
from diptych.models import JobStatus, Lane
from diptych.models import Worker as WorkerRow

# Seconds between two looks for a job, between two signs of life of a worker, and after an error.
_LOOK_EVERY = 0.5
_HEARTBEAT_EVERY = 5.0
_RETRY_AFTER = 5.0
# How long a worker that ends waits for its jobs to stop, in seconds.
_PATIENCE = 10.0
_UNEXPECTED = "Something went wrong on the server; nothing was changed."

_log = structlog.get_logger("diptych.jobs")


def worker_name(pid: int) -> str:
    """Return the name of the worker that is this process of this host."""
    return f"{socket.gethostname()}:{pid}"


class Worker:
    """Does the jobs of some kinds: ``settings.jobs`` long ones at a time, and one short one."""

    def __init__(self, database: Database, settings: Settings, kinds: Sequence[JobKind]) -> None:
        self.name = worker_name(os.getpid())
        self._database = database
        self._settings = settings
        self._kinds = {kind.name: kind for kind in kinds}
        self._data_dir = data_dir_id(settings)
        self._runs: set[JobRun] = set()
        self._is_over = threading.Event()

    def run(self) -> None:
        """Do jobs until ``stop`` is called; jobs that run then are left to other workers."""
        self._begin()
        lanes = [Lane.SHORT, *[Lane.LONG] * self._settings.jobs]
        threads = [threading.Thread(target=self._work, args=(lane,), daemon=True) for lane in lanes]
        for thread in threads:
            thread.start()
        self._give_signs()
        for run in list(self._runs):
            run.stop(StopReason.SHUTDOWN)
        for thread in threads:
            thread.join(_PATIENCE)
        with suppress(*DATABASE_ERRORS), self._database.transaction() as session:
            for run in list(self._runs):
                claims.release(session, run.claim)

    def stop(self) -> None:
        """Let ``run`` end."""
        self._is_over.set()

    def run_waiting(self) -> None:
        """Do the jobs that wait, one after another, and return when none does."""
        while any(self._do_next(lane) for lane in Lane):
            pass

    def _work(self, lane: Lane) -> None:
        while not self._is_over.is_set():
            try:
                pause = 0 if self._do_next(lane) else _LOOK_EVERY
            except DATABASE_ERRORS as error:
                _log.warning("the worker cannot reach the database", error=error)
                pause = _RETRY_AFTER
            except Exception as error:  # noqa: BLE001 - the lane goes on with the next job
                _log.error("the worker made a mistake", exc_info=error)
                pause = _RETRY_AFTER
            self._is_over.wait(pause)

    def _do_next(self, lane: Lane) -> bool:
        """Do a job if one waits, and return whether one did."""
        with self._database.transaction() as session:
            claimed = claims.claim_next(
                session, lane, list(self._kinds), worker=self.name, data_dir=self._data_dir
            )
        if claimed is None:
            return False
        run = JobRun(*claimed, workers=self._database, settings=self._settings)
        self._runs.add(run)
        try:
            self._do(run)
        finally:
            self._runs.remove(run)
        return True

    def _do(self, run: JobRun) -> None:
        kind = self._kinds[run.job.kind]
        try:
            with run.alive():
                kind.do(run)
                if not run.is_finished:
                    with run.database.transaction() as session:
                        run.finish(session)
        except JobStoppedError as stopped:
            self._leave(run, stopped.reason)
        except ClaimLostError:
            self._leave(run, StopReason.LOST)
        except Exception as error:  # noqa: BLE001 - people learn of it from the job only
            if run.stop_reason:
                self._leave(run, run.stop_reason)
            elif isinstance(error, DATABASE_ERRORS):
                self._interrupt(run, error)
            else:
                self._fail(run, error)

    def _leave(self, run: JobRun, reason: StopReason) -> None:
        _log.info("job stopped", job=str(run.job.id), kind=run.job.kind, reason=reason.value)
        with self._database.transaction() as session:
            if reason == StopReason.SHUTDOWN:
                claims.release(session, run.claim)
            elif reason == StopReason.CANCELED:
                with suppress(ClaimLostError):
                    claims.end(session, run.claim, JobStatus.CANCELED)

    def _interrupt(self, run: JobRun, error: Exception) -> None:
        _log.warning("job interrupted", job=str(run.job.id), kind=run.job.kind, error=error)
        with self._database.transaction() as session:
            claims.interrupt(session, run.claim)

    def _fail(self, run: JobRun, error: Exception) -> None:
        if not isinstance(error, DiptychError):
            _log.error("job failed", job=str(run.job.id), kind=run.job.kind, exc_info=error)
        message = error.message if isinstance(error, DiptychError) else _UNEXPECTED
        result = error.result if isinstance(error, JobFailedError) else None
        with suppress(ClaimLostError), self._database.transaction() as session:
            claims.end(session, run.claim, JobStatus.FAILED, result=result, error=message)

    def _begin(self) -> None:
        """Wait for the database, say that this worker is alive, and take back the jobs of one with its name.

        After a restart of its host, a worker may have the name of one that vanished with it.
        """
        while not self._is_over.is_set():
            try:
                self._give_sign()
                with self._database.transaction() as session:
                    claims.abandon(session, self.name)
            except DATABASE_ERRORS as error:
                _log.warning("the worker cannot reach the database", error=error)
                self._is_over.wait(_RETRY_AFTER)
            else:
                return

    def _give_signs(self) -> None:
        """Say that this worker is alive until it is told to stop, and then no longer."""
        while not self._is_over.wait(_HEARTBEAT_EVERY):
            try:
                self._give_sign()
            except DATABASE_ERRORS as error:
                _log.warning("no sign of life of a worker", error=error)
        with suppress(*DATABASE_ERRORS), self._database.transaction() as session:
            session.execute(delete(WorkerRow).where(WorkerRow.name == self.name))

    def _give_sign(self) -> None:
        alive = insert(WorkerRow).values(name=self.name, data_dir=self._data_dir)
        again = {"data_dir": self._data_dir, "heartbeat_at": func.now()}
        with self._database.transaction() as session:
            session.execute(alive.on_conflict_do_update(index_elements=[WorkerRow.name], set_=again))
            gone = WorkerRow.heartbeat_at < func.now() - 10 * HEARTBEAT_TIMEOUT
            session.execute(delete(WorkerRow).where(gone))
