"""A server with a database, and new annotators and datasets in it."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from diptych.core import migrations, postgres
from diptych.core.db import Database
from diptych.models import Dataset, User
from diptych.users.sessions import start_session
from tests import factories
from tests.browser.hands import import_pairs
from tests.browser.processes import Serving, serving
from tests.conftest import emptied
from tests.engines.engine import HOST

HOSTS = {"loopback": "127.0.0.1", "plain": HOST}


@dataclass
class Site:
    """What is at an address of this machine, by any of its names."""

    database: Database
    data_dir: Path
    server: Serving
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def origin(self, host: str) -> str:
        """Return the address of the server: a browser trusts "loopback", and nothing that is "plain"."""
        return self.server.address.replace(HOSTS["loopback"], HOSTS[host])

    def add_annotator(self, **values: str) -> User:
        """Add an annotator with a new name."""
        with self.database.transaction() as session:
            return factories.user(session, f"anna-{next(self._numbers)}", **values)

    def add_dataset(self, pairs: int) -> Dataset:
        """Add a dataset with so many pairs of small pictures."""
        with self.database.transaction() as session:
            dataset = factories.dataset(session, f"cats-{next(self._numbers)}", min_submitted=2)
        import_pairs(self.database, dataset, self.data_dir, pairs)
        return dataset

    def start_session(self, user: User) -> str:
        """Return the cookie of an annotator who is logged in."""
        with self.database.transaction() as session:
            return start_session(session, user, days=1)

    def log(self) -> "Log":
        """Read the server's log from now on."""
        return Log(self.data_dir / "serve.log")


class Log:
    """What the server writes from a moment on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = path.stat().st_size

    def problems(self) -> list[str]:
        """Return the lines since asked last that tell of something wrong: of a request that failed, say."""
        content = self._path.read_bytes()[self._start :]
        self._start += len(content)
        return [line for line in content.decode().splitlines() if _is_problem(line)]


def _is_problem(line: str) -> bool:
    if not line.startswith("{"):
        return bool(line.strip())
    event = json.loads(line)
    # Firefox asks for it on behalf of pages that have an icon of their own, too.
    if event.get("path") == "/favicon.ico":
        return False
    return event.get("level") not in {"debug", "info"} or event.get("status", 200) >= 400


@contextmanager
def site(data_dir: Path) -> Iterator[Site]:
    """Yield a server with a database of its own, in an empty folder."""
    with postgres.running(data_dir) as address:
        database = Database(address)
        migrations.upgrade(database)
        with emptied(database), serving(address, data_dir) as server:
            yield Site(database, data_dir, server)
        database.dispose()
