"""The file in which the main process of a server writes its number, and whether to believe it."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from diptych.core.postgres.layout import Layout

# No system gives this number to a process.
_PID_OF_NOBODY = 2**31 - 1
_SOCKET_DIR_LINE = 4


def find_pid(layout: Layout) -> int | None:
    """Return the number of the server's main process, or None if that is gone or its number another's now."""
    lines = _read(layout)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    return pid if f"/postgres -D {layout.cluster} " in _command_line(pid) else None


def socket_dir(layout: Layout) -> str:
    """Return the folder that the running server itself says its socket is in."""
    lines = _read(layout)
    return lines[_SOCKET_DIR_LINE] if len(lines) > _SOCKET_DIR_LINE else str(layout.socket_dir)


def disown(layout: Layout) -> None:
    """Make the file of a dead server name no process: its number may be in use again, or still in use.

    The rest of the file stays: by it Postgres checks that nobody uses the old server's memory.
    """
    lines = _read(layout)
    if not lines:
        layout.pid_file.unlink(missing_ok=True)
        return
    text = "\n".join([str(_PID_OF_NOBODY), *lines[1:]]) + "\n"
    layout.pid_file.write_text(text, encoding="utf-8", errors="surrogateescape")


def _read(layout: Layout) -> list[str]:
    with suppress(FileNotFoundError):
        return layout.pid_file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return []


def _command_line(pid: int) -> str:
    """Return the command line of a living process; nothing for a zombie or a number not in use."""
    if sys.platform == "linux":
        with suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            return line.replace(b"\0", b" ").decode(errors="surrogateescape")
        return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed
