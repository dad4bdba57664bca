"""The unmodified Argilla SDK, and a real server process for it on the database of the tests."""

import warnings

import pytest

from diptych.models import Role
from diptych.users.service import rotate_api_key
from tests import factories
from tests.browser.processes import serving
from tests.conftest import emptied


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
    url = migrated_database.url.render_as_string(hide_password=False)
    with serving(url, tmp_path_factory.mktemp("server")) as process:
        yield process.address


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
