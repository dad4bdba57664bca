"""Sharing the server among commands: the first starts it, the last stops it, and meanwhile it is kept up."""

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

# Seconds between two looks at the server, and after a restart that failed.
_LOOK_EVERY = 1.0
_RETRY_AFTER = 15.0

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def running(
    data_dir: Path, *, alone: bool = False, progress: Callable[[str], None] = _log.info
) -> Iterator[str]:
    """Yield the SQLAlchemy URL of the private server of ``data_dir``, starting the server if needed.

    Commands that use one directory at the same time share one server; the last one to leave stops it.
    A command that is killed leaves the server running for the next. A server that is killed meanwhile is
    started again. SIGTERM and SIGHUP, unless handled already, leave the block by ``SystemExit``.

    ``alone`` is for a command that others must not use the directory with when it begins.

    ``progress`` gets a sentence now and then while a start or stop takes time, also from another thread.
    Raises ``PostgresError`` if the server cannot run, or if others use the directory and it is to be used
    alone; nothing that exists is deleted then.
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
    """Become one of the users, and return the descriptor that says so."""
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
    """Stop being a user, and stop the server if there is no other: users join under the same start lock."""
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
    """Meanwhile restart the server if it is killed, and keep its log short."""
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
    if server.alive and not server_log.too_long(server.layout.log):
        return
    with locks.exclusive(server.layout.start_lock, account, progress):
        server_log.rotate(server.layout.log)
        server.start()


@contextmanager
def _unwinding_on_signals() -> Iterator[None]:
    """Let the signals that would end the process on the spot leave the block first.

    Process 1 of a container they would not even end.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    signals = [number for number in _ENDINGS if in_main_thread and signal.getsignal(number) is signal.SIG_DFL]
    for number in signals:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
