import pytest
from fastapi.testclient import TestClient

from diptych.app import create_app
from diptych.core.settings import Settings
from diptych.models import Role, Workspace
from diptych.users.service import rotate_api_key
from tests import factories
from tests.conftest import emptied

PEOPLE = (
    ("olga", Role.OWNER, "default"),
    ("adam", Role.ADMIN, "default"),
    ("anna", Role.ANNOTATOR, "default"),
    ("ben", Role.ANNOTATOR, "default"),
    ("mia", Role.ADMIN, "elsewhere"),
    ("sam", Role.ANNOTATOR, "elsewhere"),
)


@pytest.fixture
def app(database, tmp_path):
    return create_app(Settings(database_url=_address(database), data_dir=tmp_path))


@pytest.fixture
def connect(database, tmp_path):
    """Add a person and return a client with their API key; ``client.user`` is the person."""

    def connect(username="olga", role=Role.OWNER, **values):
        return connected(database, tmp_path, username, role, **values)

    return connect


@pytest.fixture
def anonymous(app):
    return TestClient(app, base_url="http://testserver/api/v1/")


@pytest.fixture
def owner(connect):
    return connect()


@pytest.fixture(scope="module")
def world(migrated_database, tmp_path_factory):
    """Clients of people of all roles, here and elsewhere: ``world["anna"]``; for modules that share them."""
    with emptied(migrated_database):
        data_dir = tmp_path_factory.mktemp("data")
        with migrated_database.transaction() as session:
            session.add(Workspace(name="elsewhere"))
        app = create_app(Settings(database_url=_address(migrated_database), data_dir=data_dir))
        yield {
            name: _client(app, migrated_database, name, role, workspace=workspace)
            for name, role, workspace in PEOPLE
        }
        app.state.database.dispose()


def connected(database, data_dir, username, role, **values):
    app = create_app(Settings(database_url=_address(database), data_dir=data_dir))
    return _client(app, database, username, role, **values)


def _client(app, database, username, role, **values):
    with database.transaction() as session:
        user = factories.user(session, username, role=role, **values)
        key = rotate_api_key(session, user)
    client = TestClient(app, base_url="http://testserver/api/v1/", headers={"X-Argilla-Api-Key": key})
    client.user = user
    return client


def _address(database):
    return database.url.render_as_string(hide_password=False)
