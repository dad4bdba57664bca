"""In whose names admins bring responses into a dataset."""

import uuid

import pytest

from diptych.models import ResponseStatus, Role, User
from diptych.users.service import ensure_people
from tests.api.conftest import connected
from tests.api.datasets import answer_of, make_dataset, pair, put

UNKNOWN = uuid.UUID("7a9e2f01-2a80-4a21-8b31-6ff5e4ff12c7")


@pytest.fixture
def dataset(world):
    return make_dataset(world["olga"], str(uuid.uuid4()))


def log(client, dataset, *authors):
    """Send a record that fits, and one with the answers of these people."""
    responses = [{"user_id": str(author), "status": ResponseStatus.DRAFT} for author in authors]
    items = [pair("1"), pair("2", responses=responses)]
    return client.put(f"datasets/{dataset}/records/bulk", json={"items": items})


@pytest.mark.parametrize("actor", ["adam", "olga"])
@pytest.mark.parametrize("stranger", ["sam", "mia"])
def test_nobody_from_outside_the_workspace_answers_by_a_batch(world, dataset, actor, stranger):
    def refuse(id_):
        refused = log(world[actor], dataset, world["anna"].user.id, id_)
        return refused.status_code, refused.text.replace(str(id_), "ID")

    refused = refuse(world[stranger].user.id)
    assert refused[0] == 422
    assert "Record at position 1" in refused[1]
    assert "add this user to it first" in refused[1]
    # Whether there is such a person elsewhere is not told.
    assert refused == refuse(UNKNOWN)
    assert world["olga"].get(f"datasets/{dataset}/records").json()["total"] == 0
    assert world["olga"].get(f"datasets/{dataset}/users/progress").json() == {"users": []}


def test_a_change_of_one_record_takes_no_stranger_either(world, dataset):
    (record,) = put(world["olga"], dataset, pair("1", responses=[answer_of(world["anna"])]))
    again = {"external_id": "1", "responses": [answer_of(world["sam"])]}
    refused = world["adam"].put(f"datasets/{dataset}/records/bulk", json={"items": [again]})
    assert refused.status_code == 422
    assert world["adam"].get(f"records/{record['id']}").json()["responses"] == record["responses"]


def test_members_and_owners_are_authors(world, dataset):
    names = ("anna", "ben", "adam", "olga")
    assert log(world["adam"], dataset, *(world[name].user.id for name in names)).status_code == 200


def test_who_left_the_workspace_stays_the_author_of_what_they_answered(world, dataset, connect_here):
    eve, dan = connect_here("eve"), connect_here("dan")
    put(world["olga"], dataset, pair("1", responses=[answer_of(eve)]))
    page = world["olga"].get(f"datasets/{dataset}/records", params={"include": "responses"}).json()
    (workspace,) = eve.get("me/workspaces").json()["items"]
    for person in (eve, dan):
        path = f"workspaces/{workspace['id']}/users/{person.user.id}"
        assert world["olga"].delete(path).status_code == 200
    # What a program has read, it can send back.
    assert put(world["adam"], dataset, *page["items"])[0]["responses"] == page["items"][0]["responses"]
    assert log(world["adam"], dataset, dan.user.id).status_code == 422


def test_closed_accounts_and_imported_authors_stay_authors(world, dataset, connect_here, migrated_database):
    zoe = connect_here("zoe")
    assert world["olga"].delete(f"users/{zoe.user.id}").status_code == 200
    imported = uuid.uuid4()
    with migrated_database.transaction() as session:
        ensure_people(session, [imported])
    assert log(world["adam"], dataset, zoe.user.id, imported).status_code == 200
    with migrated_database.transaction() as session:
        assert all(session.get(User, id_).disabled_at for id_ in (zoe.user.id, imported))


@pytest.fixture
def connect_here(shared_app, migrated_database, world):
    """Add an annotator to the world's workspace and return a client of theirs."""

    def connect_here(name):
        return connected(shared_app, migrated_database, f"{name}-{uuid.uuid4()}", Role.ANNOTATOR)

    return connect_here
