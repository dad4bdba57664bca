"""Starting, finding and stopping the server's processes."""

import os
import signal
import stat
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

from diptych.core.postgres import pid_file, server_log
from diptych.core.postgres.account import Account
from diptych.core.postgres.cluster import ensure_cluster, warn_if_temporary, write_access_rules
from diptych.core.postgres.errors import PostgresError
from diptych.core.postgres.layout import PORT, Layout, program, socket_in
from diptych.core.postgres.locks import Wait, open_lock, try_exclusive

_APP = "diptych"
# How long a server may take to stop cleanly, in seconds. During recovery after a crash, it may never stop.
STOP_TIMEOUT = 30.0

_SETTINGS = {
    # Acknowledged answers rely on these; set here, no configuration file can turn them off.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # With little log to replay, recovery after a crash takes seconds.
    "max_wal_size": "512MB",
    # New log files are not filled with zeros first, because commits would wait for that.
    "wal_init_zero": "off",
    "checkpoint_timeout": "2min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_checkpoints": "off",
    # Keep annotators' answers out of the log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


class Server:
    """The server of one data directory. Call ``start`` and ``stop`` only with the start lock."""

    def __init__(self, layout: Layout, account: Account, progress: Callable[[str], None]) -> None:
        self.layout = layout
        self._account = account
        self._progress = progress
        self._process: subprocess.Popen[bytes] | None = None
        self._refusal = ""

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the application's database."""
        where = {"host": pid_file.socket_dir(self.layout), "port": PORT}
        return f"postgresql+psycopg://{_APP}@/{_APP}?{urlencode(where, quote_via=quote)}"

    @property
    def is_alive(self) -> bool:
        """Whether the main process of the server exists, responding or not."""
        return pid_file.find_pid(self.layout) is not None

    def start(self) -> None:
        """Start the server and create the application's database, as needed, and wait until they respond.

        Raises ``PostgresError`` with the end of the log if the server cannot start or does not respond in
        time.
        """
        if not self._is_responding():
            ensure_cluster(self.layout, self._account, self._progress)
            self._launch_and_wait()
        self._ensure_database()

    def stop(self) -> None:
        """End all sessions and stop the server if it runs; return when its last process has ended."""
        if not self.is_alive:
            return
        wait = Wait(self._progress)
        self._signal(signal.SIGINT)
        while (descriptor := self._lock_of_the_dead()) is None:
            if wait.seconds > STOP_TIMEOUT:
                self._signal(signal.SIGQUIT)
            wait.pause("waiting for the database to stop")
        os.close(descriptor)
        if self._process:
            self._process.wait()
        if self.layout.socket_dir != self.layout.home:
            with suppress(OSError):
                self.layout.socket_dir.rmdir()

    def _launch_and_wait(self) -> None:
        wait = Wait(self._progress)
        launched = None
        while not self._is_responding():
            if launched and launched.poll() is not None:
                raise PostgresError(
                    f"The database in {self.layout.cluster} did not start. "
                    f"The end of {self.layout.log}:\n{server_log.last_lines(self.layout.log)}"
                )
            if wait.seconds > STOP_TIMEOUT and "shutting down" in self._refusal:
                self._signal(signal.SIGQUIT)
            launched = launched or self._launch_if_gone()
            wait.pause(f"recovering the database in {self.layout.home}: {self._refusal}")

    def _launch_if_gone(self) -> subprocess.Popen[bytes] | None:
        """Launch the server unless processes of one exist, which may be starting, recovering or ending."""
        descriptor = self._lock_of_the_dead()
        if descriptor is None:
            return None
        try:
            # No server process is left, even if the ids in these files belong to other processes.
            pid_file.disown(self.layout)
            socket = socket_in(self.layout.socket_dir)
            socket.with_name(socket.name + ".lock").unlink(missing_ok=True)
            self._process = self._launch(descriptor)
        finally:
            os.close(descriptor)
        return self._process

    def _lock_of_the_dead(self) -> int | None:
        """Take the lock that all processes of a running server hold; return None if one is alive.

        The server's processes inherit the lock. So the lock is right where a process id is not: if another
        process has the id, for zombies, for children that outlive their parent, and between containers.
        """
        descriptor = open_lock(self.layout.server_lock, self._account)
        # On some network file systems, locks are not inherited; there, only the process id helps.
        if try_exclusive(descriptor) and not self.is_alive:
            return descriptor
        os.close(descriptor)
        return None

    def _launch(self, server_lock: int) -> subprocess.Popen[bytes]:
        warn_if_temporary(self.layout.cluster, self._progress)
        write_access_rules(self.layout.cluster, self._account)
        self._make_socket_dir()
        server_log.rotate(self.layout.log)
        settings = {**_SETTINGS, "unix_socket_directories": _quoted(self.layout.socket_dir)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # -D comes first, because ``find_pid`` recognises the process by it.
        command = [program("postgres"), "-D", str(self.layout.cluster), *options]
        log = os.open(self.layout.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        try:
            self._account.give(self.layout.log)
            return self._account.start(command, output=log, keep=[server_lock])
        finally:
            os.close(log)

    def _make_socket_dir(self) -> None:
        directory = self.layout.socket_dir
        if directory == self.layout.home:
            return
        directory.mkdir(mode=0o700, exist_ok=True)
        self._account.give(directory)
        status = directory.lstat()
        if status.st_uid != self._account.uid or stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
            raise PostgresError(
                f"{directory} should be a private folder of {self._account.name} but is not: remove it, "
                "or choose a data directory with a shorter path."
            )

    def _signal(self, number: int) -> None:
        """Send ``SIGINT`` for a clean stop, or ``SIGQUIT`` for an immediate one, which needs recovery."""
        if pid := pid_file.find_pid(self.layout):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=pid_file.socket_dir(self.layout),
            port=PORT,
            user="postgres",
            dbname=database,
            connect_timeout=10,
            autocommit=True,
        )

    def _is_responding(self) -> bool:
        try:
            with self._connect("postgres") as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            self._refusal = str(error).strip().rpartition("FATAL:")[2].strip().partition("\n")[0]
            return False
        return True

    def _ensure_database(self) -> None:
        with self._connect("postgres") as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [_APP]).rowcount:
                connection.execute(f"CREATE ROLE {_APP} LOGIN")
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [_APP]).rowcount:
                connection.execute(f"CREATE DATABASE {_APP} OWNER {_APP}")
        with self._connect(_APP) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def _quoted(directory: Path) -> str:
    """Return ``directory`` as one element of a list of folders in PostgreSQL's syntax."""
    return '"' + str(directory).replace('"', '""') + '"'
