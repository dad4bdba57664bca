"""The unmodified Argilla SDK, and a real server process for it on the database of the tests."""

import json
import os
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path

import pytest

from diptych.models import Role
from diptych.users.service import rotate_api_key
from tests import factories
from tests.browser.ports import free_port
from tests.conftest import emptied

COMMAND = Path(sys.executable).parent / "diptych"
TIMEOUT_S = 30


@pytest.fixture(scope="session")
def rg(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
        patch.setenv("TQDM_DISABLE", "1")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import argilla  # noqa: PLC0415 - it warns when it is imported
        yield argilla


@pytest.fixture(scope="session")
def server(migrated_database, tmp_path_factory):
    """The address of a server that lives as long as the run; it keeps nothing between two modules."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")} | {
        "DIPTYCH_DATABASE_URL": migrated_database.url.render_as_string(hide_password=False),
        "DIPTYCH_DATA_DIR": str(folder),
    }
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(
            [COMMAND, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(address, process, folder / "server.log")
            yield address
        finally:
            process.terminate()
            process.wait(TIMEOUT_S)


@pytest.fixture(scope="module")
def keys(migrated_database):
    """The API keys of an owner and of three annotators; a module begins with nobody else and no dataset."""
    with emptied(migrated_database):
        with migrated_database.transaction() as session:
            people = [factories.user(session, "olga", role=Role.OWNER)]
            people += [factories.user(session, name) for name in ("ada", "ben", "cleo")]
            found = {person.username: rotate_api_key(session, person) for person in people}
        yield found


@pytest.fixture(scope="module")
def connect(rg, server):
    """Connect the SDK with a key; the client of the last one who connects is the SDK's default."""
    return lambda key: rg.Argilla(api_url=server, api_key=key)


@pytest.fixture(scope="module")
def client(connect, keys):
    """The owner's client."""
    return connect(keys["olga"])


@pytest.fixture(scope="module")
def people(client):
    """The annotators, in the order of their names."""
    return [client.users(name) for name in ("ada", "ben", "cleo")]


def _wait_until_ready(address, process, log):
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
                assert json.load(answer) == {"status": "ready"}
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the server did not become ready:\n{log.read_text('utf-8')}", pytrace=False)
