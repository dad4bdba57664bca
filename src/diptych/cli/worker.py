"""``diptych worker``, and the worker process that ``diptych serve`` runs."""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from diptych.cli.context import database_url, messages, prepare
from diptych.core.db import DATABASE_ERRORS, Database
from diptych.core.settings import Settings, get_settings
from diptych.jobs import claims
from diptych.jobs.worker import worker_name
from diptych.worker import run_worker

# Seconds until a worker that has ended is replaced, at first and at most; the pause doubles.
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
# A worker that has run for so many seconds did not fail at its start.
_SETTLED = 60.0
# Seconds that a worker has to end.
_PATIENCE = 15.0

_log = structlog.get_logger("diptych")


def worker_command() -> None:
    """Do the jobs that a server has queued, such as imports; ``diptych serve`` runs a worker of its own."""
    settings = get_settings()
    with database_url(settings) as address:
        database = Database(address, pool_size=1)
        prepare(database, settings)
        database.dispose()
        messages.print("This worker does jobs until you press Ctrl-C.", style="bold")
        run_worker(settings.model_copy(update={"database_url": address}))


@contextmanager
def worker_process(address: str, settings: Settings) -> Iterator[None]:
    """Run a worker process during the block; one that ends is replaced."""
    keeper = _Keeper(address, settings)
    thread = threading.Thread(target=keeper.keep, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.end()
        thread.join()


class _Keeper:
    def __init__(self, address: str, settings: Settings) -> None:
        self._address = address
        self._settings = settings.model_copy(update={"database_url": address})
        self._is_over = threading.Event()
        self._process = self._new()

    def _new(self) -> multiprocessing.process.BaseProcess:
        context = multiprocessing.get_context("spawn")
        return context.Process(target=run_worker, args=(self._settings,), name="worker")

    def keep(self) -> None:
        """Run a worker, and another one when it ends, until ``end`` is called."""
        pause = _PAUSE
        while True:
            self._process.start()
            self._process.join(_SETTLED)
            if self._process.exitcode is None:
                pause = _PAUSE
                self._process.join()
            if self._is_over.is_set():
                return
            self._mourn()
            if self._is_over.wait(pause):
                return
            pause = min(2 * pause, _LONGEST_PAUSE)
            self._process = self._new()

    def end(self) -> None:
        """End the worker; its jobs wait for the next one."""
        self._is_over.set()
        if self._process.pid is None:
            return
        self._process.terminate()
        self._process.join(_PATIENCE)
        self._process.kill()

    def _mourn(self) -> None:
        """Log that the worker has ended by itself, and let the next one have its jobs at once."""
        pid, code = self._process.pid, self._process.exitcode
        assert pid is not None  # noqa: S101 - it was started
        _log.error("the worker process ended; another one is started", pid=pid, exit_code=code)
        database = Database(self._address, pool_size=1)
        try:
            with database.transaction() as session:
                claims.abandon(session, worker_name(pid))
        except DATABASE_ERRORS as error:
            _log.warning("the jobs of the worker were not given back", error=error)
        finally:
            database.dispose()
