import uuid

import pytest

from diptych.models import Role, Workspace
from diptych.users import queries
from tests import factories

UNKNOWN = uuid.UUID("acb20e93-2a80-4a21-8b31-6ff5e4ff12c7")


@pytest.fixture
def default(database):
    with database.transaction() as session:
        return queries.get_workspace(session, "default")


@pytest.fixture
def elsewhere(database):
    """A workspace with a stranger in it."""
    with database.transaction() as session:
        workspace = Workspace(name="elsewhere")
        session.add(workspace)
        session.flush()
        factories.user(session, "stranger", workspace="elsewhere")
        return workspace


@pytest.fixture
def ada(database):
    with database.transaction() as session:
        return factories.user(session, "ada", workspace=None)


def of(answer, key):
    assert answer.status_code == 200, answer.text
    return [item[key] for item in answer.json()["items"]]


def test_a_workspace_is_made_shown_and_deleted(owner):
    made = owner.post("workspaces", json={"id": None, "name": "cats_and-Dogs1", "x": 1})
    assert made.status_code == 201
    assert list(made.json()) == ["id", "name", "inserted_at", "updated_at"]
    path = f"workspaces/{made.json()['id']}"
    assert owner.get(path).json() == made.json()
    assert owner.delete(path).json() == made.json()
    assert owner.get(path).status_code == 404


def test_a_name_and_an_id_are_given_once(owner):
    assert owner.post("workspaces", json={"name": "cats", "id": str(UNKNOWN)}).json()["id"] == str(UNKNOWN)
    assert owner.post("workspaces", json={"name": "cats"}).status_code == 409
    assert owner.post("workspaces", json={"name": "dogs", "id": str(UNKNOWN)}).status_code == 409


@pytest.mark.parametrize("name", ["", "a b", "a.b", "cats\n", "c\0", "\u00e4", "x" * 201, None, 1])
def test_a_name_that_the_sdk_cannot_read_is_refused(owner, name):
    assert owner.post("workspaces", json={"name": name}).status_code == 422


def test_an_owner_has_all_workspaces_and_others_have_their_own(owner, connect, elsewhere):
    assert of(owner.get("me/workspaces"), "name") == ["default", "elsewhere"]
    assert of(connect("mia", Role.ADMIN).get("me/workspaces"), "name") == ["default"]
    stranger = connect("sam", Role.ANNOTATOR, workspace="elsewhere")
    assert of(stranger.get("me/workspaces"), "name") == ["elsewhere"]


@pytest.mark.parametrize("role", Role)
def test_members_and_owners_read_a_workspace_and_for_others_it_does_not_exist(
    connect, default, elsewhere, role
):
    client = connect("mia", role)
    assert client.get(f"workspaces/{default.id}").json()["name"] == "default"
    assert client.get(f"workspaces/{elsewhere.id}").status_code == (200 if role == Role.OWNER else 404)
    assert client.get(f"workspaces/{UNKNOWN}").status_code == 404


def test_a_workspace_lists_its_own_members(owner, connect, default, elsewhere):
    mia = connect("mia", Role.ADMIN)
    assert of(mia.get(f"workspaces/{default.id}/users"), "username") == ["olga", "mia"]
    assert mia.get(f"workspaces/{elsewhere.id}/users").status_code == 404
    assert of(owner.get(f"workspaces/{elsewhere.id}/users"), "username") == ["stranger"]


def test_only_owners_make_and_delete_workspaces_and_let_people_in(connect, default, ada):
    for client in (connect("mia", Role.ADMIN), connect("ben", Role.ANNOTATOR)):
        assert client.post("workspaces", json={"name": "cats"}).status_code == 403
        assert client.delete(f"workspaces/{UNKNOWN}").status_code == 403
        member = {"user_id": str(ada.id)}
        assert client.post(f"workspaces/{default.id}/users", json=member).status_code == 403


def test_an_annotator_neither_lists_nor_removes_members(connect, default):
    ben = connect("ben", Role.ANNOTATOR)
    assert ben.get(f"workspaces/{default.id}/users").status_code == 403
    assert ben.delete(f"workspaces/{UNKNOWN}/users/{ben.user.id}").status_code == 403


def test_a_person_comes_in_once_and_goes_out_once(owner, connect, default, elsewhere, ada):
    path, mia = f"workspaces/{default.id}/users", connect("mia", Role.ADMIN)
    came = owner.post(path, json={"user_id": str(ada.id)})
    assert (came.status_code, came.json()["username"], came.json()["api_key"]) == (201, "ada", None)
    assert owner.post(path, json={"user_id": str(ada.id)}).status_code == 409
    assert owner.post(f"workspaces/{elsewhere.id}/users", json={"user_id": str(ada.id)}).status_code == 201
    went = mia.delete(f"{path}/{ada.id}")
    assert (went.status_code, went.json()["username"]) == (200, "ada")
    assert mia.delete(f"{path}/{ada.id}").status_code == 404
    assert of(owner.get(f"users/{ada.id}/workspaces"), "name") == ["elsewhere"]


def test_an_admin_removes_nobody_from_elsewhere(owner, connect, elsewhere):
    (stranger,) = of(owner.get(f"workspaces/{elsewhere.id}/users"), "id")
    answer = connect("mia", Role.ADMIN).delete(f"workspaces/{elsewhere.id}/users/{stranger}")
    assert answer.status_code == 404
    assert of(owner.get(f"workspaces/{elsewhere.id}/users"), "id") == [stranger]


def test_nobody_and_closed_accounts_come_into_no_workspace(owner, default, ada):
    path = f"workspaces/{default.id}/users"
    owner.delete(f"users/{ada.id}")
    for user_id in (UNKNOWN, ada.id, "x"):
        assert owner.post(path, json={"user_id": str(user_id)}).status_code == 422
    assert owner.post(f"workspaces/{UNKNOWN}/users", json={"user_id": str(ada.id)}).status_code == 404


def test_a_closed_account_is_no_member(owner, connect, default):
    ben = connect("ben", Role.ANNOTATOR)
    owner.delete(f"users/{ben.user.id}")
    assert of(owner.get(f"workspaces/{default.id}/users"), "username") == ["olga"]
    assert owner.delete(f"workspaces/{default.id}/users/{ben.user.id}").status_code == 404


def test_a_workspace_with_datasets_stays(owner, default, elsewhere, database):
    with database.transaction() as session:
        factories.dataset(session, "cats")
    refused = owner.delete(f"workspaces/{default.id}")
    assert refused.status_code == 409
    assert "has datasets" in refused.json()["detail"]["message"]
    assert owner.delete(f"workspaces/{elsewhere.id}").status_code == 200
    assert of(owner.get("me/workspaces"), "name") == ["default"]
    assert "stranger" in of(owner.get("users"), "username")
