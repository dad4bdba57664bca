"""Locks between processes, which the kernel releases when their holders die."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from diptych.core.postgres.account import Account
from diptych.core.postgres.errors import PostgresError

# In seconds. Recovery after a crash can take minutes on a slow disk.
LOCK_TIMEOUT = 600.0
REPORT_EVERY = 3.0
_MIN_PAUSE, _MAX_PAUSE = 0.03, 0.5


class Wait:
    """A wait with a timeout, which reports its reason every few seconds."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._started = time.monotonic()
        self._reported = 0.0

    @property
    def seconds(self) -> float:
        """The duration of the wait so far."""
        return time.monotonic() - self._started

    def pause(self, reason: str) -> None:
        """Sleep for a moment; raise ``PostgresError`` with ``reason`` after the timeout."""
        waited = self.seconds
        if waited > LOCK_TIMEOUT:
            raise PostgresError(f"Gave up after {LOCK_TIMEOUT:.0f} seconds: {reason}.")
        if waited - self._reported >= REPORT_EVERY:
            self._reported = waited
            self._progress(f"{reason} ({waited:.0f} s)")
        time.sleep(min(_MIN_PAUSE + waited / 10, _MAX_PAUSE))


def open_lock(path: Path, account: Account) -> int:
    """Open or create the lock file ``path``; other programs do not inherit the descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    account.give(path)
    return descriptor


def try_exclusive(descriptor: int) -> bool:
    """Take an exclusive lock and return True, or return False if another process holds a lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(descriptor: int) -> None:
    """Take a shared lock."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


@contextmanager
def exclusive(path: Path, account: Account, progress: Callable[[str], None]) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` during the block, waiting for it if needed."""
    descriptor = open_lock(path, account)
    try:
        wait = Wait(progress)
        while not try_exclusive(descriptor):
            wait.pause(f"waiting for another command that starts or stops the database ({path})")
        yield
    finally:
        os.close(descriptor)
