import uuid

import pytest

NOBODY = uuid.UUID(int=1)


@pytest.fixture(scope="module")
def client(client):
    """A client that keeps the last reply: the SDK takes no notice of the API keys in it."""

    def keep(reply):
        reply.read()
        client.last_reply = reply

    client.http_client.event_hooks = {"response": [keep]}
    return client


@pytest.fixture
def new_user(rg, client):
    """Add a person over the SDK who is gone after the test; ``new_user("dora").key`` is their API key."""
    added = []

    def new_user(username, **values):
        user = rg.User(username=username, password="correct horse", client=client, **values)
        added.append(client.users.add(user))
        added[-1].key = client.last_reply.json()["api_key"]
        return added[-1]

    yield new_user
    for user in added:
        if user.id:
            user.delete()


@pytest.fixture
def new_workspace(rg, client):
    """Add a workspace that is gone after the test."""
    added = []

    def new_workspace(name):
        added.append(rg.Workspace(name=name, client=client).create())
        return added[-1]

    yield new_workspace
    for workspace in added:
        workspace.delete()


def test_a_good_key_connects(client):
    assert (client.me.username, client.me.role) == ("olga", "owner")


def test_a_wrong_key_does_not_connect(rg, connect):
    with pytest.raises(rg._exceptions.ArgillaCredentialsError):
        connect("wrong")


def test_a_key_without_end_does_not_connect(rg, connect):
    with pytest.raises(rg._exceptions.ArgillaCredentialsError):
        connect("key" * 1_000)


def test_the_first_workspace_is_the_default_one(client, new_workspace):
    new_workspace("a-later-one")
    assert [workspace.name for workspace in client.workspaces] == ["default", "a-later-one"]
    assert client.workspaces.default.name == "default"
    assert client.workspaces("a-later-one").id == client.workspaces[1].id


def test_who_has_no_workspace_is_told_so(rg, connect, new_user):
    other = connect(new_user("dora").key)
    assert list(other.workspaces) == list(other.datasets) == []
    with pytest.raises(rg._exceptions.ArgillaError, match="There are no workspaces created"):
        _ = other.workspaces.default


@pytest.mark.parametrize("kind", ["workspaces", "users", "datasets"])
def test_an_unknown_id_is_a_warning_and_nothing(client, kind):
    with pytest.warns(UserWarning, match="not found"):
        assert getattr(client, kind)(id=NOBODY) is None


@pytest.mark.parametrize("kind", ["workspaces", "users"])
def test_a_known_id_finds_its_owner(client, kind):
    first = getattr(client, kind)[0]
    assert getattr(client, kind)(id=first.id).id == first.id


def test_users_are_listed_in_the_order_in_which_they_came(client, new_user):
    dora = new_user("dora", first_name="Dora", last_name="Maar", role="admin")
    assert [user.username for user in client.users] == ["olga", "ada", "ben", "cleo", "dora"]
    found = client.users("dora")
    assert (found.id, found.first_name, found.last_name, found.role) == (dora.id, "Dora", "Maar", "admin")


def test_a_key_is_shown_to_whoever_adds_its_owner_and_never_again(client, connect, new_user):
    dora = new_user("dora")
    assert connect(dora.key).me.username == "dora"
    assert len(client.users) == 5
    assert [user["api_key"] for user in client.last_reply.json()["items"]] == [None] * 5
    dora.get()
    assert (client.last_reply.json()["username"], client.last_reply.json()["api_key"]) == ("dora", None)


def test_a_user_may_come_with_an_id(client, new_user):
    assert new_user("eva", id=NOBODY).id == NOBODY
    assert client.users(id=NOBODY).username == "eva"


def test_a_name_is_given_once(rg, new_user):
    new_user("dora")
    with pytest.raises(rg._exceptions.ConflictError):
        new_user("dora")


def test_a_user_changes_by_an_update(client, new_user):
    dora = new_user("dora")
    dora.first_name, dora.role = "Theodora", "admin"
    dora.update()
    found = client.users("dora")
    assert (found.first_name, found.role, found.username) == ("Theodora", "admin", "dora")


def test_who_is_deleted_is_out(rg, client, connect, new_user):
    dora = new_user("dora")
    key = dora.key
    dora.delete()
    with pytest.warns(UserWarning, match="not found"):
        assert client.users("dora") is None
    with pytest.raises(rg._exceptions.ArgillaCredentialsError):
        connect(key)


def test_people_come_into_a_workspace_and_leave_it(client, connect, new_user, new_workspace):
    studio, dora = new_workspace("studio"), new_user("dora")
    other = connect(dora.key)
    studio.add_user("dora")
    studio.add_user(client.users("ada"))
    assert [user.username for user in studio.users] == ["ada", "dora"]
    assert [workspace.name for workspace in other.workspaces] == ["studio"]
    studio.remove_user("dora")
    studio.remove_user(client.users("ada"))
    assert list(studio.users) == list(other.workspaces) == []


def test_who_is_in_a_workspace_cannot_come_in(rg, new_workspace):
    studio = new_workspace("studio")
    studio.add_user("ada")
    with pytest.raises(rg._exceptions.ConflictError):
        studio.add_user("ada")


def test_an_annotator_looks_after_nobody(rg, connect, keys):
    ada = connect(keys["ada"])
    with pytest.raises(rg._exceptions.ForbiddenError):
        list(ada.users)
    with pytest.raises(rg._exceptions.ForbiddenError):
        rg.Workspace(name="mine", client=ada).create()


def test_a_deleted_workspace_is_gone(rg, client):
    rg.Workspace(name="brief", client=client).create().delete()
    with pytest.warns(UserWarning, match="not found"):
        assert client.workspaces("brief") is None


def test_an_annotator_opens_a_dataset_and_judges_blind(rg, connect, keys, client, people):
    ada, ben, _ = people
    dataset = rg.Dataset(
        name="blind",
        workspace="default",
        client=client,
        settings=rg.Settings(
            fields=[rg.TextField(name="prompt")],
            questions=[rg.LabelQuestion(name="side", labels=["a", "b"])],
            metadata=[
                rg.TermsMetadataProperty(name="model", visible_for_annotators=False),
                rg.TermsMetadataProperty(name="style"),
            ],
        ),
    ).create()
    answers = [rg.Response("side", "a", user_id=person.id, status="submitted") for person in (ada, ben)]
    dataset.records.log(
        [rg.Record(id="3001-quality", fields={"prompt": "a"}, metadata={"model": "sd"}, responses=answers)]
    )
    try:
        seen = connect(keys["ada"]).datasets("blind", workspace="default")
        assert [item.name for item in seen.settings.metadata] == ["style"]
        progress = seen.progress(with_users_distribution=True)
        assert (progress["total"], progress["completed"]) == (1, 1)
        assert list(progress["users"]) == ["ada"]
        (record,) = dataset.records
        http = seen._client.http_client
        told = http.get(f"/api/v1/records/{record._server_id}").raise_for_status().json()
        assert (told["external_id"], told["metadata"]) == (str(record._server_id), {})
        assert [response["user_id"] for response in told["responses"]] == [str(ada.id)]
    finally:
        dataset.delete()
