"""An empty database for benchmarks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diptych.core import migrations, postgres
from diptych.core.db import Database
from diptych.users.service import ensure_default_workspace


@contextmanager
def fresh_database(folder: Path) -> Iterator[tuple[Database, str]]:
    """Yield an embedded database below ``folder``, and its address."""
    with postgres.running(folder) as address:
        database = Database(address)
        migrations.upgrade(database)
        with database.transaction() as session:
            ensure_default_workspace(session)
        try:
            yield database, address
        finally:
            database.dispose()
