"""A database and a server of each module's own, for tests to hold up, to freeze and to thaw."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from diptych.core import migrations, postgres
from diptych.core.db import Database
from diptych.core.postgres import pid_file
from diptych.core.postgres.layout import Layout
from tests import factories
from tests.bench.processes import family
from tests.browser.processes import serving


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("chaos")


@pytest.fixture(scope="module")
def migrated_database(data_dir):
    with postgres.running(data_dir) as address:
        database = Database(address)
        migrations.upgrade(database)
        yield database
        database.dispose()


@pytest.fixture(scope="module")
def process(migrated_database, data_dir):
    address = migrated_database.url.render_as_string(hide_password=False)
    with serving(address, data_dir) as process:
        yield process


@pytest.fixture
def server(process) -> str:
    return process.address


@pytest.fixture
def dataset(database):
    with database.transaction() as session:
        return factories.dataset(session)


@pytest.fixture
def other_dataset(database):
    with database.transaction() as session:
        return factories.dataset(session)


@pytest.fixture
def frozen(data_dir):
    """Freeze every process of the database for the length of a block."""

    @contextmanager
    def frozen() -> Iterator[None]:
        main = pid_file.find_pid(Layout(data_dir.resolve()))
        processes = family(main)
        try:
            for pid in processes:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in reversed(processes):
                os.kill(pid, signal.SIGCONT)

    return frozen
