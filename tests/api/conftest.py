import pytest
from fastapi.testclient import TestClient

from diptych.app import create_app
from diptych.core.settings import Settings
from diptych.models import Role
from diptych.users.service import rotate_api_key
from tests import factories


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


def connected(database, data_dir, username, role, **values):
    with database.transaction() as session:
        user = factories.user(session, username, role=role, **values)
        key = rotate_api_key(session, user)
    app = create_app(Settings(database_url=_address(database), data_dir=data_dir))
    client = TestClient(app, base_url="http://testserver/api/v1/", headers={"X-Argilla-Api-Key": key})
    client.user = user
    return client


def _address(database):
    return database.url.render_as_string(hide_password=False)
