"""The file with the process id of a server's main process, which may be outdated."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from diptych.core.postgres.layout import Layout

# No system uses this process id.
_UNUSED_PID = 2**31 - 1
_SOCKET_DIR_LINE = 4


def find_pid(layout: Layout) -> int | None:
    """Return the id of the server's main process, or None if it is gone or another process has the id."""
    lines = _read(layout)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    return pid if f"/postgres -D {layout.cluster} " in _command_line(pid) else None


def socket_dir(layout: Layout) -> str:
    """Return the folder of the running server's socket."""
    lines = _read(layout)
    return lines[_SOCKET_DIR_LINE] if len(lines) > _SOCKET_DIR_LINE else str(layout.socket_dir)


def disown(layout: Layout) -> None:
    """Remove the process id from the file of a dead server, because another process may have the id.

    The rest of the file stays: PostgreSQL uses it to check that the old server's memory is not in use.
    """
    lines = _read(layout)
    if not lines:
        layout.pid_file.unlink(missing_ok=True)
        return
    text = "\n".join([str(_UNUSED_PID), *lines[1:]]) + "\n"
    layout.pid_file.write_text(text, encoding="utf-8", errors="surrogateescape")


def _read(layout: Layout) -> list[str]:
    with suppress(FileNotFoundError):
        return layout.pid_file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return []


def _command_line(pid: int) -> str:
    """Return the command line of a living process, or an empty text for a zombie or an unused id."""
    if sys.platform == "linux":
        with suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            return line.replace(b"\0", b" ").decode(errors="surrogateescape")
        return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed
