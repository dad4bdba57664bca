"""The server's log: one file of limited size, and the previous one."""

import shutil
from pathlib import Path

# Bytes.
LIMIT = 5_000_000
_LINES_IN_A_MESSAGE = 20


def is_too_long(log: Path) -> bool:
    """Return whether ``log`` is larger than its limit."""
    return log.exists() and log.stat().st_size > LIMIT


def rotate(log: Path) -> None:
    """Move a log that is too long to ``server.log.1``: copied and emptied, because the server has it open."""
    if not is_too_long(log):
        return
    previous = log.with_name(log.name + ".1")
    previous.unlink(missing_ok=True)
    shutil.copyfile(log, previous)
    with log.open("r+b") as file:
        file.truncate()


def last_lines(log: Path) -> str:
    """Return the last lines of ``log``, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LINES_IN_A_MESSAGE:])
