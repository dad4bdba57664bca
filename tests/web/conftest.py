import pytest
from fastapi.testclient import TestClient

from diptych.app import create_app
from diptych.core.settings import Settings
from tests import factories

PASSWORD = "correct horse"


@pytest.fixture
def settings(database, tmp_path):
    return Settings(database_url=database.url.render_as_string(hide_password=False), data_dir=tmp_path)


@pytest.fixture
def app(settings):
    return create_app(settings)


@pytest.fixture
def anonymous(app):
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def log_in(database, app):
    """Add a person and return a client that is logged in as them."""

    def log_in(username="ada", **values):
        with database.transaction() as session:
            factories.user(session, username, password=PASSWORD, **values)
        client = TestClient(app, follow_redirects=False)
        answer = client.post("/login", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303
        return client

    return log_in
