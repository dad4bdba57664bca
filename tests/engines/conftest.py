"""Each engine, one browser for the tests of a module."""

import os

import pytest

from tests.browser.processes import serving
from tests.engines.launch import LAUNCHERS, launch
from tests.engines.site import Site


@pytest.fixture(scope="module", params=LAUNCHERS)
def engine(request, tmp_path_factory):
    """A browser; on a developer's machine without it, its tests are skipped."""
    name = request.param
    try:
        browser = launch(name, tmp_path_factory.mktemp(name))
    except LookupError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with browser as engine:
        yield engine


@pytest.fixture(scope="module")
def server(migrated_database, tmp_path_factory):
    """A server in a process of its own, and the folder of its pictures and of its log."""
    data_dir = tmp_path_factory.mktemp("data")
    address = migrated_database.url.render_as_string(hide_password=False)
    with serving(address, data_dir) as server:
        yield server, data_dir


@pytest.fixture
def site(database, server):
    """The server's site, without annotators and datasets."""
    process, data_dir = server
    return Site(database, data_dir, process)
