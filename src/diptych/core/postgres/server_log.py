"""What the server writes: one file of bounded size, and the one before it."""

import shutil
from pathlib import Path

# Bytes.
LIMIT = 5_000_000
_LINES_IN_A_MESSAGE = 20


def too_long(log: Path) -> bool:
    """Return whether ``log`` has outgrown its limit."""
    return log.exists() and log.stat().st_size > LIMIT


def rotate(log: Path) -> None:
    """Keep a log that is too long as ``server.log.1``, and empty it in place: the server has it open."""
    if not too_long(log):
        return
    previous = log.with_name(log.name + ".1")
    previous.unlink(missing_ok=True)
    shutil.copyfile(log, previous)
    with log.open("r+b") as file:
        file.truncate()


def last_lines(log: Path) -> str:
    """Return the end of ``log``, for the message of an error."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LINES_IN_A_MESSAGE:])
