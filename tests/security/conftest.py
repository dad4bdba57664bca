"""People of all roles with their credentials, and a dataset with one of each thing that a path can name."""

import uuid

import pytest

from diptych.datasets.queries import get_settings
from diptych.models import ResponseStatus, Role
from diptych.responses.service import answer
from diptych.users import sessions
from diptych.users.invitations import invite_user
from diptych.users.service import rotate_api_key
from tests import factories


@pytest.fixture
def credentials(database):
    """The headers with which each role calls; nobody's are empty."""
    found = {"anonymous": []}
    with database.transaction() as session:
        for role in Role:
            user = factories.user(session, f"some-{role}", role=role)
            key, token = rotate_api_key(session, user), sessions.start_session(session, user, days=1)
            found[role.value] = [
                (b"x-argilla-api-key", key.encode()),
                (b"cookie", f"diptych_session={token}".encode()),
            ]
    return found


@pytest.fixture
def named(database):
    """A value for each parameter of a path; ``setting_id`` depends on what the path begins with."""
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats")
        record = factories.record(session, dataset)
        person = factories.user(session, "victim")
        values = {"preference": {"value": "image_1"}}
        response = answer(session, dataset, record.id, person, values=values, status=ResponseStatus.SUBMITTED)
        settings = get_settings(session, dataset)
        found = {
            "dataset_id": dataset.id,
            "reference": "cats",
            "workspace_id": dataset.workspace_id,
            "record_id": record.id,
            "response_id": response.id,
            "user_id": person.id,
            "import_id": uuid.uuid4(),
            "field": "images",
            "fields": settings.fields[0].id,
            "questions": settings.questions[0].id,
            "token": invite_user(session, person, hours=1),
            "name": "0" * 64 + ".png",
            "file": "css/base.css",
        }
    return {name: str(value) for name, value in found.items()}
