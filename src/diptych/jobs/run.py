"""A job while a worker does it: what its function gets, and the thread that gives signs of life."""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.core.db import DATABASE_ERRORS, Database
from diptych.core.errors import DiptychError
from diptych.core.settings import Settings
from diptych.jobs import claims
from diptych.jobs.claims import Claim, StopReason
from diptych.models import Job, JobStatus

# Seconds between two signs of life, which must be well below ``queries.HEARTBEAT_TIMEOUT``.
_HEARTBEAT_EVERY = 1.0
# Connections of a job.
_POOL_SIZE = 2
_END_CONNECTIONS = text("""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name LIKE :pattern AND application_name <> :spared AND datname = current_database()
""")

_log = structlog.get_logger("diptych.jobs")


@dataclass(frozen=True)
class Progress:
    """How far a job is: what it does now, how much of it is done, and how many bad rows it has found."""

    step: str
    done: int = 0
    total: int = 0
    bad: int = 0


class JobFailedError(DiptychError):
    """The job failed with a result that people should see beside the reason."""

    def __init__(self, message: str, result: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.result = result


class JobStoppedError(Exception):
    """The job has to stop, for this reason, and leave nothing half done."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class JobRun:
    """A job that this process has claimed.

    ``database`` is a pool of the job's own, whose connections are ended when another worker takes the job.
    ``workers`` is that of the worker, for its signs of life.
    """

    def __init__(self, job: Job, claim: Claim, *, workers: Database, settings: Settings) -> None:
        address = workers.url.render_as_string(hide_password=False)
        self.job = job
        self.claim = claim
        self.settings = settings
        self.database = Database(address, pool_size=_POOL_SIZE, name=_connection_name(claim))
        self.is_finished = False
        self.stop_reason: StopReason | None = None
        self._workers = workers
        self._progress: Progress | None = None
        self._is_over = threading.Event()

    def report(self, progress: Progress) -> None:
        """Say how far the job is; raise ``JobStoppedError`` if it has to stop."""
        self._progress = progress
        self.check()

    def check(self) -> None:
        """Raise ``JobStoppedError`` if the job has to stop."""
        if self.stop_reason:
            raise JobStoppedError(self.stop_reason)

    def finish(self, session: Session, result: Mapping[str, Any] | None = None) -> None:
        """Mark the job as finished in the transaction of its last change; raise if it has been taken over."""
        self.check()
        claims.end(session, self.claim, JobStatus.FINISHED, result=result)
        self.is_finished = True

    def stop(self, reason: StopReason) -> None:
        """Have the job stop soon, whatever it waits for."""
        self.stop_reason = self.stop_reason or reason
        self._end_connections(_connection_name(self.claim))

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Give a sign of life every second during the block, even while one long statement runs.

        First, the connections of workers that had the job before are ended: nothing of theirs is stored.
        """
        self._end_connections(f"{_name_of(self.job.id)}%", spared=_connection_name(self.claim))
        thread = threading.Thread(target=self._give_signs, name=f"heartbeat {self.job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()
            self.database.dispose()

    def _give_signs(self) -> None:
        while not self._is_over.wait(_HEARTBEAT_EVERY):
            # A finished job is only being committed; its row is locked until then.
            if self.is_finished:
                return
            try:
                if self.stop_reason:
                    # The job may have opened a connection since.
                    self.stop(self.stop_reason)
                else:
                    self._give_sign()
            except DATABASE_ERRORS as error:
                _log.warning("no sign of life of a job", job=str(self.job.id), error=error)

    def _give_sign(self) -> None:
        progress = asdict(self._progress) if self._progress else None
        with self._workers.transaction() as session:
            reason = claims.beat(session, self.claim, progress)
        if reason and not self.is_finished:
            self.stop(reason)

    def _end_connections(self, pattern: str, *, spared: str = "") -> None:
        with self._workers.transaction() as session:
            session.execute(_END_CONNECTIONS, {"pattern": pattern, "spared": spared})


def _name_of(job_id: uuid.UUID) -> str:
    return f"diptych job {job_id}"


def _connection_name(claim: Claim) -> str:
    return f"{_name_of(claim.job_id)} {claim.number}"
