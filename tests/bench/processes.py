"""Starting, ending and measuring processes, with the kernel's /proc."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text

from diptych.core.db import Database
from tests.bench.startup import wait_for
from tests.browser.ports import free_port

HERE = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(command: Sequence[str], settings: dict[str, str], ready: str) -> Iterator[int]:
    """Run a command until the block ends; yield its process id once the address ``ready`` responds."""
    process = subprocess.Popen(
        command, cwd=HERE, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(ready)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def serving(address: str, folder: Path, *, workers: int = 1, **settings: str) -> Iterator[tuple[str, int]]:
    """Yield the address and the process id of a server on the database at ``address``."""
    port = free_port()
    program = str(Path(sys.executable).parent / "diptych")
    command = [program, "serve", "--port", str(port), "--workers", str(workers)]
    settings = {"DIPTYCH_DATABASE_URL": address, "DIPTYCH_DATA_DIR": str(folder)} | settings
    url = f"http://127.0.0.1:{port}"
    with running(command, settings, f"{url}/readyz") as pid:
        yield url, pid


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    # Each thread has a separate list of children.
    children = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in _children(task)]
    return [pid, *(member for child in children for member in family(child))]


def _children(task: Path) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in (task / "children").read_text().split()]
    return []


def postmaster(database: Database) -> int:
    """Return the main process of PostgreSQL, which has to run on this machine."""
    with database.engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    return int(_stat(backend)[1])


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants, including ended ones, in seconds."""
    return sum(int(ticks) for member in family(pid) for ticks in _stat(member)[11:15]) / _TICKS


def memory(pid: int) -> float:
    """Return the resident memory of a process and its descendants without PostgreSQL, in MB."""
    return sum(resident(member) for member in family(pid) if "postgres" not in _name(member))


def resident(pid: int) -> float:
    """Return the resident memory of one process, in MB."""
    return _kilobytes(f"/proc/{pid}/status", "VmRSS") / 1024


def proportional(pid: int) -> float:
    """Return the memory of a process and its descendants, counting shared memory once, in MB."""
    return sum(_kilobytes(f"/proc/{member}/smaps_rollup", "Pss") for member in family(pid)) / 1024


def _kilobytes(path: str, name: str) -> int:
    return int(Path(path).read_text().partition(f"{name}:")[2].split()[0])


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text()


def _stat(pid: int) -> list[str]:
    """Return the fields of proc_pid_stat(5) from the third, ``state``, on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
