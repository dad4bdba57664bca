"""Shares the server among commands: the first starts it, the last stops it, and each keeps it running."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psycopg

from diptych.core.postgres import locks, server_log
from diptych.core.postgres.account import Account, find_account
from diptych.core.postgres.errors import PostgresError
from diptych.core.postgres.layout import Layout
from diptych.core.postgres.server import Server

_log = logging.getLogger(__name__)

# Seconds between checks of the server, and after a failed restart.
_LOOK_EVERY = 1.0
_RETRY_AFTER = 15.0

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def running(
    data_dir: Path, *, alone: bool = False, progress: Callable[[str], None] = _log.info
) -> Iterator[str]:
    """Yield the SQLAlchemy URL of the private server in ``data_dir``, and start the server if needed.

    Commands that use the same directory at the same time share one server; the last one stops it. A killed
    command leaves the server running for the next one. A killed server is restarted. SIGTERM and SIGHUP,
    unless handled elsewhere, leave the block with ``SystemExit``.

    With ``alone``, no other command may use the directory when the block begins.

    ``progress`` gets a message now and then during a slow start or stop, possibly from another thread.
    Raises ``PostgresError`` if the server cannot run, or if ``alone`` finds another command; existing files
    stay.
    """
    with _explained(data_dir):
        layout = Layout(data_dir.expanduser().resolve())
        account = find_account(layout)
        server = Server(layout, account, progress)
        users = _join(layout, account, progress, alone=alone)
    with _unwinding_on_signals():
        try:
            with _explained(data_dir), locks.exclusive(layout.start_lock, account, progress):
                server.start()
            with _kept_up(server, account, progress):
                yield server.url
        finally:
            _leave(users, server, account, progress)


def _join(layout: Layout, account: Account, progress: Callable[[str], None], *, alone: bool) -> int:
    """Register as a user of the server, and return the descriptor of the lock."""
    with locks.exclusive(layout.start_lock, account, progress):
        users = locks.open_lock(layout.users_lock, account)
        if alone and not locks.try_exclusive(users):
            os.close(users)
            raise PostgresError(
                f"A server or another command is using the data in {layout.root}. Stop it and try again; "
                "nothing was changed."
            )
        locks.share(users)
    return users


def _leave(users: int, server: Server, account: Account, progress: Callable[[str], None]) -> None:
    """Unregister, and stop the server if there is no other user; users join with the same start lock."""
    try:
        with locks.exclusive(server.layout.start_lock, account, progress):
            if locks.try_exclusive(users):
                server.stop()
    except (PostgresError, OSError):
        _log.exception("The database in %s was not stopped.", server.layout.home)
    finally:
        os.close(users)


@contextmanager
def _explained(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PostgresError(
            f"The embedded database cannot use {data_dir}: {error}. "
            "Choose a folder that you may write to with DIPTYCH_DATA_DIR."
        ) from error
    except psycopg.Error as error:
        raise PostgresError(f"The embedded database in {data_dir} reported an error: {error}") from error


@contextmanager
def _kept_up(server: Server, account: Account, progress: Callable[[str], None]) -> Iterator[None]:
    """Restart the server if it is killed during the block, and limit its log."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep_up, args=(server, account, progress, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep_up(
    server: Server, account: Account, progress: Callable[[str], None], over: threading.Event
) -> None:
    pause = _LOOK_EVERY
    while not over.wait(pause):
        try:
            _tend(server, account, progress)
            pause = _LOOK_EVERY
        except (PostgresError, OSError, psycopg.Error):
            _log.exception("The database in %s stopped and could not be started again.", server.layout.home)
            pause = _RETRY_AFTER


def _tend(server: Server, account: Account, progress: Callable[[str], None]) -> None:
    if server.is_alive and not server_log.is_too_long(server.layout.log):
        return
    with locks.exclusive(server.layout.start_lock, account, progress):
        server_log.rotate(server.layout.log)
        server.start()


@contextmanager
def _unwinding_on_signals() -> Iterator[None]:
    """Let signals that would end the process immediately leave the block first.

    In process 1 of a container, they would be ignored.
    """
    is_main = threading.current_thread() is threading.main_thread()
    signals = [number for number in _ENDINGS if is_main and signal.getsignal(number) is signal.SIG_DFL]
    for number in signals:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
