import json
import uuid

import pytest
from sqlalchemy import select

from diptych.models import Role, User, Workspace
from diptych.users import queries
from diptych.users.service import ensure_people
from diptych.users.sessions import start_session
from tests import factories

ADA = {"username": "ada", "password": "correct horse"}
UNKNOWN = uuid.UUID("49fc2f01-2a80-4a21-8b31-6ff5e4ff12c7")


@pytest.fixture
def elsewhere(database):
    """A workspace of strangers."""
    with database.transaction() as session:
        session.add(Workspace(name="elsewhere"))
        session.flush()
        return factories.user(session, "stranger", workspace="elsewhere")


@pytest.fixture
def add(database):
    def add(username, **values):
        with database.transaction() as session:
            return factories.user(session, username, **values)

    return add


@pytest.fixture
def stored(database):
    """Return a person as they are stored now."""

    def stored(user_id):
        with database.transaction() as session:
            return session.get_one(User, user_id)

    return stored


@pytest.fixture
def browser(database):
    """Return a function that logs a person in, and one that says whether they still are."""

    def start(user):
        with database.transaction() as session:
            token = start_session(session, user, days=1)

        def is_open():
            with database.transaction() as session:
                return queries.find_by_session(session, token) is not None

        return is_open

    return start


def names(answer):
    assert answer.status_code == 200, answer.text
    return [user["username"] for user in answer.json()["items"]]


def test_a_person_is_shown_as_argilla_shows_them_and_without_their_key(owner):
    me = owner.get("me").json()
    assert list(me) == [
        "id",
        "username",
        "first_name",
        "last_name",
        "role",
        "api_key",
        "inserted_at",
        "updated_at",
    ]
    assert (me["id"], me["role"], me["api_key"]) == (str(owner.user.id), "owner", None)
    assert len(me["inserted_at"]) == len("2026-11-21T00:05:58.201302")


def test_an_owner_sees_everybody_but_closed_accounts(owner, elsewhere, add):
    ada, ben = add("ada"), add("ben")
    assert owner.delete(f"users/{ben.id}").json()["id"] == str(ben.id)
    assert names(owner.get("users")) == ["olga", "stranger", "ada"]
    assert owner.get(f"users/{ada.id}").json()["username"] == "ada"
    assert owner.get(f"users/{ben.id}").status_code == 404


def test_an_admin_sees_the_people_who_share_a_workspace(connect, elsewhere, add):
    ada = add("ada")
    admin = connect("mia", Role.ADMIN)
    assert names(admin.get("users")) == ["ada", "mia"]
    assert admin.get(f"users/{ada.id}").status_code == 200
    for user_id in (elsewhere.id, UNKNOWN):
        assert admin.get(f"users/{user_id}").status_code == 404
        assert admin.get(f"users/{user_id}/workspaces").status_code == 404


def test_an_admin_sees_only_the_shared_ones_of_a_persons_workspaces(connect, owner, elsewhere, database):
    with database.transaction() as session:
        default = queries.get_workspace(session, "default")
    assert (
        owner.post(f"workspaces/{default.id}/users", json={"user_id": str(elsewhere.id)}).status_code == 201
    )

    def workspaces(client):
        items = client.get(f"users/{elsewhere.id}/workspaces").json()["items"]
        return [workspace["name"] for workspace in items]

    assert workspaces(connect("mia", Role.ADMIN)) == ["default"]
    assert workspaces(owner) == ["default", "elsewhere"]


@pytest.mark.parametrize("path", ["users", f"users/{UNKNOWN}", f"users/{UNKNOWN}/workspaces"])
def test_an_annotator_looks_nobody_up(connect, path):
    answer = connect("ada", Role.ANNOTATOR).get(path)
    assert answer.status_code == 403
    assert answer.json()["detail"]["code"] == "forbidden"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ANNOTATOR])
def test_only_owners_add_and_change_people(connect, add, role):
    ada, client = add("ada"), connect("mia", role)
    assert client.post("users", json={}).status_code == 403
    assert client.patch(f"users/{UNKNOWN}", json={}).status_code == 403
    assert client.delete(f"users/{ada.id}").status_code == 403


def test_a_new_person_gets_a_key_that_is_shown_once(owner, anonymous, stored):
    answer = owner.post("users", json={**ADA, "id": None, "role": None, "inserted_at": None, "x": 1})
    assert answer.status_code == 201
    ada = answer.json()
    assert (ada["username"], ada["first_name"], ada["role"]) == ("ada", "ada", "annotator")
    me = anonymous.get("me", headers={"X-Argilla-Api-Key": ada["api_key"]})
    assert me.json()["id"] == ada["id"]
    assert owner.get(f"users/{ada['id']}").json()["api_key"] is None
    assert stored(ada["id"]).api_key_hash != ada["api_key"].encode()


def test_a_new_person_is_in_no_workspace_and_nothing_breaks(owner, anonymous):
    key = owner.post("users", json={**ADA, "role": "admin"}).json()["api_key"]
    anonymous.headers["X-Argilla-Api-Key"] = key
    assert anonymous.get("me/workspaces").json() == {"items": []}
    assert names(anonymous.get("users")) == ["ada"]
    anonymous.post("http://testserver/login", data=ADA)
    assert anonymous.get("http://testserver/").status_code == 200
    assert anonymous.get("http://testserver/account").status_code == 200


def test_a_wanted_id_is_given_once(owner):
    ada = owner.post("users", json={**ADA, "id": str(UNKNOWN)})
    assert ada.json()["id"] == str(UNKNOWN)
    again = owner.post("users", json={**ADA, "username": "ben", "id": str(UNKNOWN)})
    assert again.status_code == 409
    assert "this id" in again.json()["detail"]["message"]
    assert owner.post("users", json=ADA).status_code == 409


@pytest.mark.parametrize(
    "values",
    [
        {"password": "short"},
        {"password": "x" * 101},
        {"password": "correct\0horse"},
        {"password": "correct horse\ud800"},
        {"username": ""},
        {"username": "a\0da"},
        {"username": "a\ud800da"},
        {"first_name": "a\0"},
        {"last_name": "x" * 101},
        {"role": "king"},
        {"id": "1"},
    ],
)
def test_values_that_do_not_fit_are_refused(owner, values):
    body = json.dumps({**ADA, **values})
    answer = owner.post("users", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert next(iter(values)) in answer.json()["detail"]["params"]["field"]
    assert names(owner.get("users")) == ["olga"]


def test_the_sdk_sends_everything_and_only_what_differs_changes(owner, add, browser, stored):
    ada = add("ada", password="correct horse", last_name="Lovelace")
    is_open = browser(ada)
    sent = {**owner.get(f"users/{ada.id}").json(), "password": "correct horse", "id": str(UNKNOWN)}
    assert owner.patch(f"users/{ada.id}", json=sent).json() == owner.get(f"users/{ada.id}").json()
    unchanged = stored(ada.id)
    assert (unchanged.updated_at, unchanged.password_hash) == (ada.updated_at, ada.password_hash)
    assert is_open()
    changed = owner.patch(f"users/{ada.id}", json={"username": "ada2", "first_name": "Ada", "role": None})
    assert (changed.json()["username"], changed.json()["last_name"]) == ("ada2", "Lovelace")
    assert stored(ada.id).updated_at > ada.updated_at
    assert is_open()
    assert owner.patch(f"users/{ada.id}", json={"last_name": None}).json()["last_name"] is None


@pytest.mark.parametrize("change", [{"role": "admin"}, {"password": "another horse"}])
def test_a_new_role_or_password_logs_a_person_out(owner, add, browser, change):
    ada, ben = add("ada", password="correct horse"), add("ben")
    ada_is_open, ben_is_open = browser(ada), browser(ben)
    assert owner.patch(f"users/{ada.id}", json=change).status_code == 200
    assert not ada_is_open()
    assert ben_is_open()


@pytest.mark.parametrize("revoked", [True, False])
def test_a_new_password_leaves_the_api_key_unless_it_is_revoked(owner, connect, revoked):
    ada = connect("ada", Role.ANNOTATOR, password="correct horse")
    change = {"password": "another horse", "revoke_api_key": revoked}
    assert owner.patch(f"users/{ada.user.id}", json=change).status_code == 200
    assert ada.get("me").status_code == (401 if revoked else 200)


@pytest.mark.parametrize(
    "change", [{"username": "olga"}, {"username": "a\0"}, {"password": "short"}, {"first_name": "\0"}]
)
def test_a_change_that_does_not_fit_changes_nothing(owner, add, change):
    ada = add("ada", password="correct horse")
    before = owner.get(f"users/{ada.id}").json()
    assert owner.patch(f"users/{ada.id}", json={"role": "admin", **change}).status_code == 422
    assert owner.get(f"users/{ada.id}").json() == before


def test_the_only_owner_stays_one(owner, connect):
    path = f"users/{owner.user.id}"
    assert owner.patch(path, json={"role": "admin"}).status_code == 409
    assert owner.delete(path).status_code == 409
    connect("otto")
    assert owner.patch(path, json={"role": "admin"}).json()["role"] == "admin"
    assert owner.get("users/" + str(UNKNOWN)).status_code == 404
    assert owner.patch(path, json={"role": "owner"}).status_code == 403


def test_a_deleted_person_is_out_at_once_and_stays_stored(owner, connect, stored, browser):
    ada = connect("ada", Role.ADMIN)
    is_open = browser(ada.user)
    assert owner.delete(f"users/{ada.user.id}").status_code == 200
    assert owner.delete(f"users/{ada.user.id}").status_code == 404
    assert owner.patch(f"users/{ada.user.id}", json={}).status_code == 404
    assert ada.get("me").status_code == 401
    assert not is_open()
    assert stored(ada.user.id).disabled_at is not None


def test_who_is_created_again_under_the_old_name_is_the_same_person_with_a_new_key(owner, connect):
    ada = connect("ada", Role.ADMIN, password="an old horse")
    owner.delete(f"users/{ada.user.id}")
    again = owner.post("users", json=ADA).json()
    assert (again["id"], again["role"]) == (str(ada.user.id), "annotator")
    assert ada.get("me").status_code == 401
    ada.headers["X-Argilla-Api-Key"] = again["api_key"]
    assert ada.get("me/workspaces").json() == {"items": []}
    assert owner.post("users", json=ADA).status_code == 409


def test_an_unknown_author_of_imported_answers_can_be_given_a_name(owner, database, stored):
    with database.transaction() as session:
        assert ensure_people(session, [UNKNOWN]) == 1
    assert names(owner.get("users")) == ["olga"]
    ada = owner.post("users", json={**ADA, "id": str(UNKNOWN)})
    assert (ada.status_code, ada.json()["id"]) == (201, str(UNKNOWN))
    assert stored(UNKNOWN).username == "ada"


def test_the_name_of_a_closed_account_is_not_given_to_another_id(owner, add):
    ada = add("ada")
    owner.delete(f"users/{ada.id}")
    answer = owner.post("users", json={**ADA, "id": str(UNKNOWN)})
    assert answer.status_code == 409
    assert "leave out the id" in answer.json()["detail"]["message"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_that_is_none_is_refused(owner, method):
    answer = owner.request(method, "users/x", json=None if method == "GET" else {})
    assert answer.status_code == 422


def test_nobody_is_stored_by_a_request_that_fails(owner, database):
    owner.post("users", json={**ADA, "last_name": "\0"})
    with database.transaction() as session:
        assert session.scalars(select(User.username)).all() == ["olga"]
