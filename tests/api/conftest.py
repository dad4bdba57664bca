import pytest
from fastapi.testclient import TestClient

from diptych.app import create_app
from diptych.core.settings import Settings
from diptych.models import Role
from diptych.users.service import rotate_api_key
from tests import factories


@pytest.fixture
def app(database, tmp_path):
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), data_dir=tmp_path)
    return create_app(settings)


@pytest.fixture
def connect(database, app):
    """Add a person and return a client with their API key; ``client.user`` is the person."""

    def connect(username="olga", role=Role.OWNER, **values):
        with database.transaction() as session:
            user = factories.user(session, username, role=role, **values)
            key = rotate_api_key(session, user)
        client = TestClient(app, base_url="http://testserver/api/v1/", headers={"X-Argilla-Api-Key": key})
        client.user = user
        return client

    return connect


@pytest.fixture
def anonymous(app):
    return TestClient(app, base_url="http://testserver/api/v1/")


@pytest.fixture
def owner(connect):
    return connect()
