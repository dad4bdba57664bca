"""A server and a database in processes of their own, which a test kills and brings back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from diptych.core.postgres import locks, pid_file
from diptych.core.postgres.account import find_account
from diptych.core.postgres.layout import Layout
from tests.browser.ports import free_port
from tests.polling import wait_until

ROOT = Path(__file__).parents[2]
WITH_WORKER = (str(Path(sys.executable).parent / "diptych"), "serve")
SERVE = (*WITH_WORKER, "--no-worker")
TIMEOUT_S = 60


class Serving:
    """A command that serves at a port; it logs to a file."""

    def __init__(
        self, database_url: str, data_dir: Path, command: Sequence[str] = SERVE, folder: Path = ROOT
    ) -> None:
        self._folder = folder
        self._port = free_port()
        self._command = [*command, "--port", str(self._port)]
        self._log = data_dir / "serve.log"
        self._settings = {
            "DIPTYCH_DATABASE_URL": database_url,
            "DIPTYCH_DATA_DIR": str(data_dir),
            "DIPTYCH_LOG_FORMAT": "json",
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def start(self) -> None:
        """Start the process; it answers a moment later."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=inherited | self._settings,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End the process in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()

    def stop(self, *, within_s: float) -> None:
        """Ask the process to end, as an operator does, and fail if it takes longer than ``within_s``."""
        self._process.terminate()
        self._process.wait(within_s)

    def probe(self) -> tuple[int, int]:
        """Return the status that says whether the database answers, and ``Retry-After``; 0 is no answer."""
        try:
            with urlopen(f"{self.address}/readyz", timeout=5) as reply:
                return reply.status, 0
        except HTTPError as error:
            return error.code, int(error.headers.get("Retry-After", 0))
        except (URLError, OSError):
            return 0, 0

    def wait(self) -> None:
        """Return once the server is ready."""

        def is_ready() -> bool:
            assert self._process.poll() is None, self._log.read_text("utf-8")
            return self.probe() == (200, 0)

        wait_until(is_ready, lambda: self._log.read_text("utf-8"), seconds=TIMEOUT_S)

    def lines(self) -> list[str]:
        """Return what the command printed and logged so far."""
        return self._log.read_text("utf-8").splitlines()

    def requests(self) -> list[dict[str, object]]:
        """Return what the log says of each request so far."""
        events = [json.loads(line) for line in self.lines() if line.startswith("{")]
        return [event for event in events if event["event"] == "request"]


@contextmanager
def serving(
    database_url: str, data_dir: Path, command: Sequence[str] = SERVE, folder: Path = ROOT
) -> Iterator[Serving]:
    """Yield a server that is ready, started in a folder."""
    process = Serving(database_url, data_dir, command, folder)
    process.start()
    try:
        process.wait()
        yield process
    finally:
        process.kill()


@contextmanager
def database_stopped(data_dir: Path, server: Serving) -> Iterator[None]:
    """Stop the embedded database at once, as ``pg_ctl stop -m immediate`` does, and hold it down.

    Whoever uses it keeps it up, and has started it again after the block: we have the lock for that.
    """
    layout = Layout(data_dir.resolve())
    try:
        with locks.exclusive(layout.start_lock, find_account(layout), print):
            pid = pid_file.find_pid(layout)
            assert pid is not None
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: not pid_file.find_pid(layout), "the database to be down")
            yield
    finally:
        server.wait()
