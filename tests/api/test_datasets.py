import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from diptych.models import Base
from tests.api.datasets import answer, answer_of, assert_counted, make_dataset, pair, put

UNKNOWN = uuid.UUID("db15dd54-2a80-4a21-8b31-6ff5e4ff12c7")
WHOLE = [
    "id",
    "name",
    "guidelines",
    "allow_extra_metadata",
    "status",
    "distribution",
    "metadata",
    "workspace_id",
    "last_activity_at",
    "inserted_at",
    "updated_at",
]


@pytest.fixture(scope="module", autouse=True)
def noise(world):
    """Datasets elsewhere and here, which no test means."""
    make_dataset(world["mia"], "far", publish=False)
    near = make_dataset(world["olga"], "near", min_submitted=2)
    put(world["olga"], near, pair("1", responses=[answer_of(world[name]) for name in ("anna", "ben")]))
    return near


@pytest.fixture(scope="module")
def owner(world):
    return world["olga"]


@pytest.fixture(scope="module")
def home(owner):
    return owner.get("me/workspaces").json()["items"][0]["id"]


@pytest.fixture
def create(owner, home):
    def create(name, **values):
        return owner.post("datasets", json={"name": name, "workspace_id": home, **values})

    return create


def names(answer):
    assert answer.status_code == 200, answer.text
    return [dataset["name"] for dataset in answer.json()["items"]]


def statuses(owner, dataset):
    items = owner.get(f"datasets/{dataset}/records").json()["items"]
    return "".join(record["status"][0] for record in items)


def progress(owner, dataset):
    counts = owner.get(f"datasets/{dataset}/progress").json()
    return counts["total"], counts["completed"], counts["pending"]


def test_a_new_dataset_is_a_draft_with_the_defaults_of_argilla(create, owner, home):
    made = create("plain", id=str(UNKNOWN), inserted_at=None, status="ready", last_activity_at=1)
    assert made.status_code == 201
    dataset = made.json()
    assert list(dataset) == WHOLE
    assert dataset["id"] != str(UNKNOWN)
    moments = {dataset.pop(key) for key in ("last_activity_at", "inserted_at", "updated_at")}
    assert [len(moment) for moment in moments] == [len("2026-11-21T00:06:00.924529")]
    assert owner.get(f"datasets/{dataset.pop('id')}").json()["name"] == "plain"
    assert dataset == {
        "name": "plain",
        "guidelines": None,
        "allow_extra_metadata": True,
        "status": "draft",
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "metadata": None,
        "workspace_id": home,
    }


def test_nulls_are_the_defaults_too(create):
    dataset = create("nulls", guidelines=None, allow_extra_metadata=None, distribution=None).json()
    assert dataset["allow_extra_metadata"] is True
    assert dataset["distribution"]["min_submitted"] == 1


def test_what_is_given_is_kept(create):
    given = {
        "guidelines": "Pick **one**.",
        "allow_extra_metadata": False,
        "distribution": {"strategy": "overlap", "min_submitted": 3},
    }
    assert given.items() <= create("given", **given).json().items()


@pytest.mark.parametrize("name", ["org/repo", "a b.c", "Katzen, süß 🐈", "x" * 200])
def test_a_name_has_any_visible_characters(create, owner, name):
    dataset = create(name).json()
    assert dataset["name"] == name
    assert names(owner.get("me/datasets", params={"name": name})) == [name]
    assert owner.get(f"datasets/{dataset['id']}").json()["name"] == name


@pytest.mark.parametrize("name", ["", " cats", "cats ", "a\nb", "a\0b", "x" * 201, "\u202eabc", None, 1])
def test_other_names_are_refused(create, owner, noise, name):
    assert create(name).status_code == 422
    assert owner.patch(f"datasets/{noise}", json={"name": name}).status_code == 422


@pytest.mark.parametrize(
    "values",
    [
        {"distribution": {"min_submitted": 0}},
        {"distribution": {"min_submitted": 2**31}},
        {"distribution": {"strategy": "majority", "min_submitted": 1}},
        {"distribution": {}},
        {"guidelines": "a\0b"},
        {"guidelines": "x" * 100_001},
        {"allow_extra_metadata": "perhaps"},
    ],
)
def test_values_that_do_not_fit_are_refused(create, owner, noise, values):
    before = owner.get(f"datasets/{noise}").json()
    assert create("misfit", **values).status_code == 422
    assert owner.patch(f"datasets/{noise}", json=values).status_code == 422
    assert owner.get(f"datasets/{noise}").json() == before


def test_a_name_is_taken_once_in_a_workspace(create, owner, world):
    assert create("once").status_code == 201
    refused = create("once")
    assert (refused.status_code, refused.json()["detail"]["params"]) == (409, {"name": "once"})
    make_dataset(world["mia"], "once", publish=False)
    assert create("Once").status_code == 201


def test_a_name_that_two_people_choose_at_once_is_one_persons(create):
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: create("at once").status_code, range(4)))
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_dataset_is_renamed_to_a_free_name(create, owner):
    create("taken")
    path = f"datasets/{create('old').json()['id']}"
    assert owner.patch(path, json={"name": "taken"}).status_code == 409
    assert owner.patch(path, json={"name": "old"}).status_code == 200
    assert owner.patch(path, json={"name": "new"}).json()["name"] == "new"
    assert create("old").status_code == 201


def test_a_change_names_what_it_changes(create, owner):
    given = {"guidelines": "Pick one.", "allow_extra_metadata": False, "distribution": {"min_submitted": 2}}
    before = create("merged", **given).json()
    path = f"datasets/{before['id']}"
    for change in ({}, {"id": str(UNKNOWN), "status": "ready", "workspace_id": str(UNKNOWN), "x": 1}):
        after = owner.patch(path, json=change).json()
        assert {**after, "updated_at": 0, "last_activity_at": 0} == {
            **before,
            "updated_at": 0,
            "last_activity_at": 0,
        }
        assert after["updated_at"] > before["updated_at"]
    assert owner.patch(path, json={"allow_extra_metadata": True}).json()["guidelines"] == "Pick one."
    assert owner.patch(path, json={"guidelines": ""}).json()["guidelines"] == ""
    changed = owner.patch(path, json={"guidelines": None}).json()
    assert (changed["guidelines"], changed["allow_extra_metadata"]) == (None, True)
    assert changed["distribution"]["min_submitted"] == 2


@pytest.mark.parametrize("key", ["name", "allow_extra_metadata", "distribution"])
def test_what_every_dataset_has_is_not_taken_away(owner, noise, key):
    refused = owner.patch(f"datasets/{noise}", json={key: None})
    assert refused.status_code == 422
    assert refused.json()["detail"]["params"]["field"] == key


def test_publishing_needs_a_required_field_and_a_required_question(create, owner):
    path = f"datasets/{create('published').json()['id']}"
    field = {"name": "text", "settings": {"type": "text"}}
    question = {"name": "quality", "settings": {"type": "text"}}
    for kind, body in (("fields", field), ("questions", question)):
        owner.post(f"{path}/{kind}", json=body)
        assert owner.put(f"{path}/publish").status_code == 422
        assert owner.post(f"{path}/{kind}", json={**body, "name": f"{kind} 2", "required": True}).is_success
    published = owner.put(f"{path}/publish")
    assert (published.status_code, published.json()["status"]) == (200, "ready")
    assert owner.put(f"{path}/publish").status_code == 422
    assert owner.get(path).json()["status"] == "ready"


def test_datasets_are_listed_by_age_and_filtered(create, owner, world, home):
    for name in ("z first", "a second"):
        create(name)
    ready = make_dataset(owner, "m third")
    listed = names(owner.get("me/datasets"))
    assert listed[:2] == ["far", "near"]
    assert listed[-3:] == ["z first", "a second", "m third"]
    elsewhere = world["mia"].get("me/workspaces").json()["items"][0]["id"]
    assert names(owner.get("me/datasets", params={"workspace_id": elsewhere}))[0] == "far"
    assert "far" not in names(owner.get("me/datasets", params={"workspace_id": home}))
    assert names(owner.get("me/datasets", params={"name": "m third"})) == ["m third"]
    assert names(owner.get("me/datasets", params={"name": "m third", "status": "draft"})) == []
    assert names(owner.get("me/datasets", params={"status": "ready", "name": "m third"})) == ["m third"]
    assert names(owner.get("me/datasets", params={"status": "draft"}))[-2:] == ["z first", "a second"]
    assert owner.get("me/datasets", params={"status": "done"}).status_code == 422
    assert owner.delete(f"datasets/{ready}").status_code == 200


def test_people_see_the_datasets_of_their_workspaces(owner, world):
    everything = owner.get("me/datasets").json()["items"]
    for name in ("adam", "anna", "mia", "sam"):
        mine = {item["id"] for item in world[name].get("me/workspaces").json()["items"]}
        assert names(world[name].get("me/datasets")) == [
            dataset["name"]
            for dataset in everything
            if dataset["workspace_id"] in mine
            # A draft is for those who make it.
            and (name in {"adam", "mia"} or dataset["status"] == "ready")
        ]


def test_a_dataset_of_another_workspace_does_not_exist(world, noise):
    for name, wrong in (("mia", noise), ("sam", noise), ("adam", UNKNOWN), ("olga", UNKNOWN)):
        assert world[name].get(f"datasets/{wrong}").status_code == 404
    for wrong in (noise, UNKNOWN):
        path = f"datasets/{wrong}"
        assert world["mia"].patch(path, json={"name": "mine"}).status_code == 404
        assert world["mia"].put(f"{path}/publish").status_code == 404
        assert world["mia"].delete(path).status_code == 404
    assert world["olga"].get(f"datasets/{noise}").json()["name"] == "near"


def test_an_admin_makes_datasets_in_their_workspaces_and_an_annotator_none(world, home):
    body = {"name": "by adam", "workspace_id": home}
    assert world["anna"].post("datasets", json=body).status_code == 403
    assert world["mia"].post("datasets", json=body).status_code == 404
    assert world["adam"].post("datasets", json=body).status_code == 201
    assert world["olga"].post("datasets", json={"name": "x", "workspace_id": str(UNKNOWN)}).status_code == 404


def test_another_distribution_completes_records_and_opens_them_again_at_once(
    owner, world, migrated_database, noise
):
    dataset = make_dataset(owner, "redistributed", min_submitted=2)
    authors = [world[name] for name in ("anna", "ben", "adam")]
    put(owner, dataset, *(pair(str(n), responses=[answer_of(a) for a in authors[:n]]) for n in range(4)))
    assert (statuses(owner, dataset), progress(owner, dataset)) == ("ppcc", (4, 2, 2))
    for min_submitted, expected, completed in (
        (3, "pppc", 1),
        (2, "ppcc", 2),
        (9, "pppp", 0),
        (1, "pccc", 3),
    ):
        distribution = {"strategy": "overlap", "min_submitted": min_submitted}
        answered = owner.patch(f"datasets/{dataset}", json={"distribution": distribution})
        assert answered.json()["distribution"] == distribution
        assert (statuses(owner, dataset), progress(owner, dataset)) == (
            expected,
            (4, completed, 4 - completed),
        )
        assert_counted(migrated_database, dataset)
    assert (statuses(owner, noise), progress(owner, noise)) == ("c", (1, 1, 0))


def test_only_records_whose_status_changes_are_updated_by_another_distribution(owner, world):
    dataset = make_dataset(owner, "touched")
    put(owner, dataset, pair("1"), pair("2", responses=[answer_of(world["anna"])]))
    before = owner.get(f"datasets/{dataset}/records").json()["items"]
    owner.patch(f"datasets/{dataset}", json={"distribution": {"min_submitted": 2}})
    after = owner.get(f"datasets/{dataset}/records").json()["items"]
    assert after[0] == before[0]
    assert after[1]["updated_at"] > before[1]["updated_at"]


def test_a_distribution_may_change_while_people_answer(owner, world, migrated_database):
    dataset = make_dataset(owner, "busy", min_submitted=2)
    records = [record["id"] for record in put(owner, dataset, *(pair(str(n)) for n in range(12)))]
    start = threading.Barrier(4)

    def work(name):
        start.wait()
        for record in records:
            answer(world[name], record)

    def redistribute():
        start.wait()
        for min_submitted in (3, 1, 2, 3, 2):
            body = {"distribution": {"min_submitted": min_submitted}}
            assert owner.patch(f"datasets/{dataset}", json=body).status_code == 200

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(work, name) for name in ("anna", "ben", "adam")]
        done.append(threads.submit(redistribute))
        for future in done:
            future.result()
    assert progress(owner, dataset) == (12, 12, 0)
    assert_counted(migrated_database, dataset)


def test_a_distribution_may_change_while_records_come(owner, migrated_database):
    dataset = make_dataset(owner, "growing")
    start = threading.Barrier(3)

    def log(first):
        start.wait()
        for number in range(first, first + 12):
            put(owner, dataset, pair(str(number)))

    def redistribute():
        start.wait()
        for min_submitted in (3, 1, 2, 3, 2, 4, 2, 3, 2, 4, 2, 3):
            body = {"distribution": {"min_submitted": min_submitted}}
            assert owner.patch(f"datasets/{dataset}", json=body).status_code == 200

    with ThreadPoolExecutor(3) as threads:
        for future in [threads.submit(log, 0), threads.submit(log, 100), threads.submit(redistribute)]:
            future.result()
    assert progress(owner, dataset) == (24, 0, 24)
    assert_counted(migrated_database, dataset)


def test_the_last_activity_moves_with_answers_and_with_changes(owner, world):
    dataset = make_dataset(owner, "active")
    other = make_dataset(owner, "quiet")
    records = put(owner, dataset, pair("1"), pair("2"))

    def moved():
        seen = owner.get(f"datasets/{dataset}").json()
        (listed,) = [item for item in owner.get("me/datasets").json()["items"] if item["id"] == dataset]
        assert listed == seen
        last, moved.last = moved.last, seen["last_activity_at"]
        return moved.last > last

    moved.last = owner.get(f"datasets/{dataset}").json()["inserted_at"]
    quiet = owner.get(f"datasets/{other}").json()
    assert moved()
    assert not moved()
    response = answer(world["anna"], records[0]["id"])
    assert moved()
    answer(world["anna"], records[0]["id"], "image_2")
    assert moved()
    answer(world["anna"], records[0]["id"], "image_2")
    assert not moved()
    owner.delete(f"responses/{response['id']}")
    assert moved()
    owner.patch(f"datasets/{dataset}", json={"guidelines": "New."})
    assert moved()
    assert owner.get(f"datasets/{other}").json() == quiet


def test_a_deleted_dataset_leaves_nothing_behind_and_no_other_dataset_changes(
    owner, world, migrated_database
):
    def rows():
        with migrated_database.transaction() as session:
            return {
                table.name: session.scalar(text(f"SELECT count(*) FROM {table.name}"))  # noqa: S608
                for table in Base.metadata.sorted_tables
            }

    def fill(name):
        suggestion = {"question_name": "preference", "value": "image_1"}
        dataset = make_dataset(owner, name)
        put(
            owner,
            dataset,
            pair("1", responses=[answer_of(world["anna"])], suggestions=[suggestion]),
            pair("2", vectors={"prompt": [1, 2]}),
        )
        lease = "INSERT INTO assignments (dataset_id, record_id, user_id, position, expires_at)"
        with migrated_database.transaction() as session:
            query = f"{lease} SELECT dataset_id, id, :user, 0, now() FROM records WHERE dataset_id = :id"  # noqa: S608
            session.execute(text(query), {"user": world["ben"].user.id, "id": dataset})
        return dataset

    other = fill("stays")
    before = rows()
    dataset = fill("goes")
    shown = owner.get(f"datasets/{dataset}").json()
    deleted = owner.delete(f"datasets/{dataset}")
    assert (deleted.status_code, deleted.json()) == (200, shown)
    assert owner.get(f"datasets/{dataset}").status_code == 404
    assert owner.delete(f"datasets/{dataset}").status_code == 404
    assert rows() == before
    assert progress(owner, other) == (2, 1, 1)


def test_a_draft_is_deleted_too(create, owner):
    path = f"datasets/{create('given up').json()['id']}"
    assert owner.delete(path).json()["status"] == "draft"
    assert owner.get(path).status_code == 404
    assert create("given up").status_code == 201


def test_records_that_come_while_a_dataset_is_deleted_find_it_or_not(owner):
    for turn in range(4):
        dataset = make_dataset(owner, f"race {turn}")
        start = threading.Barrier(2)

        def log(dataset=dataset, start=start):
            start.wait()
            body = {"items": [pair(str(number)) for number in range(50)]}
            return [owner.put(f"datasets/{dataset}/records/bulk", json=body).status_code for _ in range(3)]

        def delete(dataset=dataset, start=start):
            start.wait()
            return owner.delete(f"datasets/{dataset}").status_code

        with ThreadPoolExecutor(2) as threads:
            logged, deleted = threads.submit(log), threads.submit(delete)
            assert deleted.result() == 200
            assert set(logged.result()) <= {200, 404}
