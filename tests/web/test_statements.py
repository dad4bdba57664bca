"""How often a page asks the database."""

import pytest
from fastapi.testclient import TestClient

from diptych.app import create_app
from diptych.datasets.service import create_dataset
from diptych.datasets.templates.image_preference import LABELS
from diptych.models import Role
from diptych.users.queries import get_workspace
from tests import factories
from tests.web.statements import counted


@pytest.fixture
def cats(database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats")
        for _ in range(3):
            factories.suggestion(session, factories.record(session, dataset), "preference", "image_1", 0.5)
    return dataset


def count(app, client, path):
    """Return how many statements a page takes that this process has shown before."""
    client.get(path)
    with counted(app) as statements:
        assert client.get(path).status_code == 200
    return len(statements)


@pytest.mark.parametrize("called", ["name", "id"])
def test_the_annotation_page_takes_three_statements(app, log_in, cats, called):
    ada, page = log_in("ada"), f"/datasets/{getattr(cats, called)}/annotate"
    assert count(app, ada, page) <= 3
    ada.post("/datasets/cats/cards", json={"limit": 2})
    assert "Suggested" in ada.get(page).text
    assert count(app, ada, page) <= 3


@pytest.mark.parametrize("role", list(Role))
def test_more_datasets_take_no_more_statements(app, log_in, database, role):
    person, taken = log_in("ada", role=role), []
    for more in (1, 9):
        with database.transaction() as session:
            for _ in range(more):
                factories.record(session, factories.dataset(session))
        taken.append(count(app, person, "/"))
    assert taken[0] == taken[1] <= 4


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"title": "Which cat?"}, "Which cat?"),
        (
            {"settings": {"options": [{"value": value, "text": f"It is {value}"} for value in LABELS]}},
            "It is both_bad",
        ),
    ],
)
def test_another_server_shows_a_changed_question_at_once(settings, log_in, cats, change, shown):
    owner = log_in("olga", role=Role.OWNER)
    owner.post("/datasets/cats/cards", json={"limit": 1})
    there = TestClient(create_app(settings), cookies=owner.cookies)
    assert shown not in there.get("/datasets/cats/annotate").text
    (question,) = owner.get(f"/api/v1/datasets/{cats.id}/questions").json()["items"]
    assert owner.patch(f"/api/v1/questions/{question['id']}", json=change).status_code == 200
    assert shown in there.get("/datasets/cats/annotate").text


def test_another_server_shows_the_questions_that_come_and_go_in_a_draft(settings, log_in, database):
    with database.transaction() as session:
        draft = create_dataset(session, get_workspace(session, "default"), name="sketch")
    owner = log_in("olga", role=Role.OWNER)
    there = TestClient(create_app(settings), cookies=owner.cookies)
    assert "Which cat?" not in there.get("/datasets/sketch").text
    question = {"name": "which", "title": "Which cat?", "settings": {"type": "text"}}
    made = owner.post(f"/api/v1/datasets/{draft.id}/questions", json=question).json()
    assert "Which cat?" in there.get("/datasets/sketch").text
    assert owner.delete(f"/api/v1/questions/{made['id']}").status_code == 200
    assert "Which cat?" not in there.get("/datasets/sketch").text
