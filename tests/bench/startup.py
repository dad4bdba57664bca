"""The time from the command to the first response."""

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

TIMEOUT = 60


def measure(data_dir: Path) -> list[Figure]:
    return [
        Figure("serve: first start to ready", _start(data_dir), "s"),
        Figure("serve: later start to ready", _start(data_dir), "s"),
    ]


def _start(data_dir: Path) -> float:
    port = free_port()
    environment = os.environ | {"DIPTYCH_DATA_DIR": str(data_dir)}
    environment.pop("DIPTYCH_DATABASE_URL", None)
    started = time.perf_counter()
    command = [str(Path(sys.executable).parent / "diptych"), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        return time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT)


def wait_for(address: str) -> None:
    """Wait until a server responds."""
    started = time.perf_counter()
    while time.perf_counter() - started < TIMEOUT:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.02)
    message = f"{address} did not answer within {TIMEOUT} s"
    raise TimeoutError(message)
