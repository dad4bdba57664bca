"""From the command to the first answer, and the memory the server then holds."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

from tests.bench.figure import Figure
from tests.browser.ports import free_port

PATIENCE = 60


def measure(data_dir: Path) -> list[Figure]:
    first, _ = _start(data_dir)
    later, memory = _start(data_dir)
    return [
        Figure("serve: first start to ready", first, "s"),
        Figure("serve: later start to ready", later, "s"),
        Figure("serve: resident memory, all processes but PostgreSQL", memory, "MB"),
    ]


def _start(data_dir: Path) -> tuple[float, float]:
    port = free_port()
    environment = os.environ | {"DIPTYCH_DATA_DIR": str(data_dir)}
    environment.pop("DIPTYCH_DATABASE_URL", None)
    started = time.perf_counter()
    command = [str(Path(sys.executable).parent / "diptych"), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        return time.perf_counter() - started, memory(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def wait_for(address: str) -> None:
    """Return once a server answers."""
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.02)
    message = f"{address} did not answer within {PATIENCE} s"
    raise TimeoutError(message)


def memory(pid: int) -> float:
    """Return the resident memory of a process and of its children, in MB, without PostgreSQL's."""
    total = 0.0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in [str(pid), *children]:
        status = Path(f"/proc/{child}/status").read_text()
        if "postgres" not in status.partition("\n")[0]:
            total += int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return total
