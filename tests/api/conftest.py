import pytest
from fastapi.testclient import TestClient

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
def connect(app, database):
    """Add a person and return a client with their API key; ``client.user`` is the person."""

    def connect(username="olga", role=Role.OWNER, **values):
        return connected(app, database, username, role, **values)

    return connect


@pytest.fixture
def anonymous(app):
    return TestClient(app, base_url="http://testserver/api/v1/")


@pytest.fixture
def owner(connect):
    return connect()


@pytest.fixture(scope="module")
def world(shared_app, migrated_database):
    """Clients of people of all roles, here and elsewhere: ``world["anna"]``; for modules that share them."""
    with emptied(migrated_database):
        with migrated_database.transaction() as session:
            session.add(Workspace(name="elsewhere"))
        yield {
            name: connected(shared_app, migrated_database, name, role, workspace=workspace)
            for name, role, workspace in PEOPLE
        }


def connected(app, database, username, role, **values):
    with database.transaction() as session:
        user = factories.user(session, username, role=role, **values)
        key = rotate_api_key(session, user)
    client = TestClient(app, base_url="http://testserver/api/v1/", headers={"X-Argilla-Api-Key": key})
    client.user = user
    return client
