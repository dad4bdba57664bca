import pytest
from fastapi.testclient import TestClient

from tests import factories

PASSWORD = "correct horse"


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
