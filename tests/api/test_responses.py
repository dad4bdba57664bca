import asyncio
import json
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from diptych.app import create_app
from diptych.assignments.service import claim
from diptych.models import AnnotatorProgress, Assignment, Dataset, Response, ResponseEvent, User
from tests.api.datasets import answer, answer_of, assert_counted, make_dataset, pair, put

UNKNOWN = "4c042f01-2a80-4a21-8b31-6ff5e4ff12c7"


@pytest.fixture(scope="module")
def owner(world):
    return world["olga"]


@pytest.fixture(scope="module")
def anna(world):
    return world["anna"]


@pytest.fixture(scope="module")
def ben(world):
    return world["ben"]


@pytest.fixture(scope="module", autouse=True)
def noise(world):
    """Answers elsewhere and here, which no test means."""
    far = make_dataset(world["mia"], "far")
    (record,) = put(world["mia"], far, pair("1", responses=[answer_of(world["sam"])]))
    near = make_dataset(world["olga"], "near")
    people = [answer_of(world[name]) for name in ("anna", "ben", "olga")]
    put(world["olga"], near, *(pair(str(n), responses=people) for n in range(3)))
    return record


@pytest.fixture
def dataset(owner):
    return make_dataset(owner, str(uuid.uuid4()), min_submitted=2)


@pytest.fixture
def record(owner, dataset):
    """The first of two records."""
    return put(owner, dataset, pair("1"), pair("2"))[0]["id"]


@pytest.fixture
def events(migrated_database, dataset):
    """Return what the audit trail of the dataset says: whose answer became what, by whom."""

    def events():
        with migrated_database.transaction() as session:
            rows = session.scalars(
                select(ResponseEvent)
                .where(ResponseEvent.dataset_id == dataset)
                .order_by(ResponseEvent.inserted_at, ResponseEvent.id)
            )
            names = {user.id: user.username for user in session.scalars(select(User))}
            return [
                (
                    names[event.user_id],
                    names[event.actor_id],
                    event.status and event.status.value,
                    event.values.get("preference", {}).get("value"),
                )
                for event in rows
            ]

    return events


def values(value="image_1"):
    return {"preference": {"value": value}}


def create(client, record, value="image_1", status="submitted"):
    return client.post(f"records/{record}/responses", json={"values": values(value), "status": status})


def seen(owner, record):
    """Return the status of a record, and whose answers it has."""
    shown = owner.get(f"records/{record}").json()
    return shown["status"], [
        (item["status"], item["values"].get("preference", {}).get("value")) for item in shown["responses"]
    ]


def metrics(client, dataset):
    counts = client.get(f"me/datasets/{dataset}/metrics").json()["responses"]
    assert list(counts) == ["submitted", "discarded", "draft", "total", "pending"]
    return tuple(counts[key] for key in ("total", "submitted", "discarded", "draft", "pending"))


def team(client, dataset):
    counts = client.get(f"datasets/{dataset}/progress").json()
    return (
        counts["total"],
        counts["completed"],
        counts["pending"],
        [user["username"] for user in counts["users"]],
    )


# One answer


def test_an_answer_comes_back_as_it_is_stored(owner, anna, dataset, record):
    made = create(anna, record)
    assert made.status_code == 201
    response = made.json()
    assert list(response) == ["id", "values", "status", "record_id", "user_id", "inserted_at", "updated_at"]
    expected = {
        "values": values(),
        "status": "submitted",
        "record_id": record,
        "user_id": str(anna.user.id),
    }
    assert expected.items() <= response.items()
    assert owner.get(f"records/{record}").json()["responses"] == [response]
    assert len(response["inserted_at"]) == len("2026-11-21T00:06:00.924529")


def test_a_record_is_answered_once_by_each_person(owner, anna, ben, record, world):
    assert create(anna, record).status_code == 201
    assert create(anna, record, "image_2", "draft").status_code == 409
    assert create(ben, record, "image_2").status_code == 201
    assert seen(owner, record) == ("completed", [("submitted", "image_1"), ("submitted", "image_2")])
    for name in ("adam", "olga"):
        assert create(world[name], record, "both_bad").status_code == 201


def test_of_two_first_answers_at_once_one_is_refused(owner, anna, record):
    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda _: create(anna, record).status_code, range(4)))
    assert sorted(statuses) == [201, 409, 409, 409]
    assert len(owner.get(f"records/{record}").json()["responses"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "submitted"},
        {"status": "submitted", "values": None},
        {"status": "submitted", "values": {}},
        {"status": "pending", "values": values()},
        {"status": "submitted", "values": {"other": {"value": "x"}}},
        {"status": "submitted", "values": values() | {"other": {"value": "x"}}},
        {"status": "submitted", "values": values("other")},
        {"status": "submitted", "values": values(None)},
        {"status": "submitted", "values": values(1)},
        {"status": "submitted", "values": values(["image_1"])},
        {"status": "submitted", "values": {"preference": "image_1"}},
        {"status": "submitted", "values": {"preference": {}}},
        {"status": "submitted", "values": []},
        {"status": "draft", "values": values("other")},
        {"status": "discarded", "values": values(None)},
    ],
)
def test_an_answer_that_does_not_fit_is_refused(owner, anna, dataset, events, record, body):
    assert anna.post(f"records/{record}/responses", json=body).status_code == 422
    outcome = anna.post("me/responses/bulk", json={"items": [{"record_id": record, **body}]})
    assert outcome.status_code == 422 or outcome.json()["items"][0]["item"] is None
    assert (seen(owner, record), events()) == (("pending", []), [])
    response = create(anna, record, "both_good", "draft").json()
    assert anna.put(f"responses/{response['id']}", json=body).status_code == 422
    assert seen(owner, record) == ("pending", [("draft", "both_good")])


@pytest.mark.parametrize("status", ["draft", "discarded"])
@pytest.mark.parametrize("body", [{}, {"values": None}, {"values": {}}])
def test_a_draft_and_a_plain_discard_have_no_values(owner, anna, record, status, body):
    item = {"record_id": record, "status": status, **body}
    (outcome,) = anna.post("me/responses/bulk", json={"items": [item]}).json()["items"]
    assert (outcome["item"]["values"], outcome["item"]["status"]) == ({}, status)
    assert owner.get(f"records/{record}").json()["responses"][0]["values"] == {}


def test_a_draft_dataset_takes_no_answers(owner, anna, migrated_database):
    draft = make_dataset(owner, "draft", publish=False)
    (record,) = put(owner, draft, pair("1", responses=[answer_of(anna)]))
    refused = create(owner, record["id"])
    assert refused.status_code == 409
    item = {"record_id": record["id"], "status": "draft"}
    (outcome,) = owner.post("me/responses/bulk", json={"items": [item]}).json()["items"]
    assert outcome["item"] is None
    assert "draft" in outcome["error"]["detail"]
    (response,) = record["responses"]
    path = f"responses/{response['id']}"
    assert owner.put(path, json={"status": "draft"}).status_code == 409
    # What an annotator does not see yet is not there.
    assert anna.put(path, json={"status": "draft"}).status_code == 404
    assert create(anna, record["id"]).status_code == 404
    (outcome,) = anna.post("me/responses/bulk", json={"items": [item]}).json()["items"]
    unknown = {
        "detail": f"There is no record with the id {record['id']}.",
        "status": 404,
        "code": "not_found",
    }
    assert outcome["error"] == unknown
    item["dataset_id"] = draft
    (outcome,) = anna.post("me/responses/bulk", json={"items": [item]}).json()["items"]
    assert outcome["error"] == unknown
    assert_counted(migrated_database, draft)


def test_records_of_other_workspaces_and_of_nobody_cannot_be_answered(world, noise, record):
    for client, wrong in ((world["sam"], record), (world["anna"], noise["id"]), (world["olga"], UNKNOWN)):
        assert create(client, wrong).status_code == 404
        item = {"record_id": wrong, "status": "discarded"}
        (outcome,) = client.post("me/responses/bulk", json={"items": [item]}).json()["items"]
        assert (outcome["item"], outcome["error"]) == (
            None,
            {"detail": f"There is no record with the id {wrong}.", "status": 404, "code": "not_found"},
        )
    assert seen(world["mia"], noise["id"]) == ("completed", [("submitted", "image_1")])


# Changes


def test_a_change_replaces_values_and_status(owner, anna, dataset, record):
    before = create(anna, record).json()
    changed = anna.put(f"responses/{before['id']}", json={"values": values("image_2"), "status": "draft"})
    assert changed.status_code == 200
    after = changed.json()
    assert after == {
        **before,
        "values": values("image_2"),
        "status": "draft",
        "updated_at": after["updated_at"],
    }
    assert after["updated_at"] > before["updated_at"]
    assert metrics(anna, dataset) == (2, 0, 0, 1, 1)
    assert anna.put(f"responses/{before['id']}", json={"status": "discarded"}).json()["values"] == {}


def test_the_same_answer_again_changes_nothing(owner, anna, dataset, record, events):
    before = create(anna, record).json()
    activity = owner.get(f"datasets/{dataset}").json()
    body = {"values": values(), "status": "submitted"}
    assert anna.put(f"responses/{before['id']}", json=body).json() == before
    assert answer(anna, record) == before | {"revision": 1, "shown_order": None, "swapped": None}
    put(owner, dataset, {"external_id": "1", "responses": [answer_of(anna)]})
    assert owner.get(f"records/{record}").json()["responses"] == [before]
    assert owner.get(f"datasets/{dataset}").json() == activity
    assert events() == [("anna", "anna", "submitted", "image_1")]


def test_everybody_changes_their_own_answers_and_admins_everybodys(world, owner, record, events, dataset):
    body = {"values": values("image_2"), "status": "submitted"}
    path = f"responses/{create(world['anna'], record).json()['id']}"
    for name in ("ben", "sam", "mia"):
        assert world[name].put(path, json=body).status_code == 404
        assert world[name].delete(path).status_code == 404
    for client in (world["anna"], world["ben"], world["olga"]):
        assert client.put(f"responses/{UNKNOWN}", json=body).status_code == 404
        assert client.delete(f"responses/{UNKNOWN}").status_code == 404
    assert seen(owner, record)[1] == [("submitted", "image_1")]
    changed = world["adam"].put(path, json=body)
    assert (changed.status_code, changed.json()["user_id"]) == (200, str(world["anna"].user.id))
    assert world["olga"].put(path, json={"status": "discarded"}).status_code == 200
    assert world["anna"].put(path, json={"values": values(), "status": "draft"}).status_code == 200
    assert world["adam"].delete(path).status_code == 200
    assert events() == [
        ("anna", "anna", "submitted", "image_1"),
        ("anna", "adam", "submitted", "image_2"),
        ("anna", "olga", "discarded", None),
        ("anna", "anna", "draft", "image_1"),
        ("anna", "adam", None, "image_1"),
    ]
    assert metrics(world["adam"], dataset) == metrics(world["anna"], dataset) == (2, 0, 0, 0, 2)


def test_an_answer_that_is_taken_back_is_shown_once_more(owner, anna, ben, dataset, record, events):
    mine, other = create(anna, record).json(), create(ben, record).json()
    assert team(owner, dataset) == (2, 1, 1, ["anna", "ben"])
    deleted = anna.delete(f"responses/{mine['id']}")
    assert (deleted.status_code, deleted.json()) == (200, mine)
    assert anna.delete(f"responses/{mine['id']}").status_code == 404
    shown = owner.get(f"records/{record}").json()
    assert (shown["status"], shown["responses"]) == ("pending", [other])
    assert team(owner, dataset) == (2, 0, 2, ["ben"])
    assert events()[-1] == ("anna", "anna", None, "image_1")
    assert create(anna, record, "image_2").json()["id"] != mine["id"]
    assert team(owner, dataset) == (2, 1, 1, ["anna", "ben"])


def test_a_record_is_updated_when_its_status_changes(owner, anna, ben, record):
    def moved():
        last, moved.last = moved.last, owner.get(f"records/{record}").json()["updated_at"]
        return moved.last > last

    moved.last = ""
    assert moved()
    create(anna, record)
    assert not moved()
    response = create(ben, record).json()
    assert moved()
    answer(ben, record, "image_2")
    assert not moved()
    ben.delete(f"responses/{response['id']}")
    assert moved()


# Many at once


def test_answers_are_taken_one_by_one_and_answered_in_order(owner, anna, dataset, migrated_database):
    some = [item["id"] for item in put(owner, dataset, *(pair(str(n)) for n in range(4)))]
    answered = anna.post(
        "me/responses/bulk",
        json={
            "items": [
                {"record_id": some[3], "status": "submitted", "values": values()},
                {"record_id": some[1], "status": "submitted"},
                {"record_id": UNKNOWN, "status": "draft"},
                {"record_id": some[0], "status": "discarded", "x": 1},
                {"record_id": some[2], "status": "submitted", "values": values("other")},
                {"record_id": some[2], "status": "draft", "values": values("both_bad")},
                {"record_id": some[2], "status": "submitted", "values": values("both_good")},
            ]
        },
    )
    assert answered.status_code == 200
    outcomes = answered.json()["items"]
    assert [list(outcome) for outcome in outcomes] == [["item", "error"]] * 7
    assert [outcome["item"] and outcome["item"]["record_id"] for outcome in outcomes] == [
        some[3],
        None,
        None,
        some[0],
        None,
        some[2],
        some[2],
    ]
    assert [outcome["error"] is None for outcome in outcomes] == [
        outcome["item"] is not None for outcome in outcomes
    ]
    assert "'preference' is needed" in outcomes[1]["error"]["detail"]
    assert (outcomes[1]["error"]["status"], outcomes[1]["error"]["code"]) == (422, "invalid")
    assert [seen(owner, id_)[1] for id_ in some] == [
        [("discarded", None)],
        [],
        [("submitted", "both_good")],
        [("submitted", "image_1")],
    ]
    assert metrics(anna, dataset) == (4, 2, 1, 0, 1)
    assert_counted(migrated_database, dataset)


@pytest.mark.parametrize("items", [[], None, [{"status": "draft"}], [{"record_id": UNKNOWN}]])
def test_1_to_100_answers_are_sent_at_once(anna, items):
    assert anna.post("me/responses/bulk", json={"items": items}).status_code == 422


def test_100_answers_are_taken_and_101_are_not(owner, anna, dataset):
    some = put(owner, dataset, *(pair(str(n)) for n in range(101)))
    items = [{"record_id": item["id"], "status": "discarded"} for item in some]
    assert anna.post("me/responses/bulk", json={"items": items}).status_code == 422
    assert metrics(anna, dataset) == (101, 0, 0, 0, 101)
    answered = anna.post("me/responses/bulk", json={"items": items[1:]}).json()["items"]
    assert [outcome["item"]["record_id"] for outcome in answered] == [item["id"] for item in some[1:]]
    assert metrics(anna, dataset) == (101, 0, 100, 0, 1)


@pytest.mark.parametrize("way", ["post", "bulk", "put"])
def test_an_answer_ends_the_lease(anna, ben, dataset, record, migrated_database, way):
    response = answer(anna, record, status="draft")
    with migrated_database.transaction() as session:
        project = session.get_one(Dataset, uuid.UUID(dataset))
        for client in (anna, ben):
            claim(session, project, client.user, limit=2, lease_seconds=600)
        lease = Assignment(
            dataset_id=project.id,
            record_id=uuid.UUID(record),
            user_id=anna.user.id,
            position=0,
            shown_order=[1, 2],
            expires_at=session.scalar(select(text("now()"))) + timedelta(hours=1),
        )
        session.add(lease)
        session.execute(
            text("UPDATE records SET lease_count = lease_count + 1 WHERE id = :id"), {"id": record}
        )
    assert_counted(migrated_database, dataset)
    if way == "put":
        anna.put(f"responses/{response['id']}", json={"values": values(), "status": "submitted"})
    elif way == "bulk":
        answer(anna, record)
    else:
        assert create(ben, record).status_code == 201
    author = ben if way == "post" else anna
    with migrated_database.transaction() as session:
        leases = select(Assignment.user_id).where(Assignment.record_id == uuid.UUID(record))
        left = {anna.user.id, ben.user.id} - {author.user.id}
        assert set(session.scalars(leases)) == left
        late = select(Response.is_late).where(
            Response.record_id == uuid.UUID(record), Response.user_id == author.user.id
        )
        assert session.scalar(late) is (way != "post")
    assert_counted(migrated_database, dataset)


# What the annotation page says beside


def send(client, *items, **more):
    """Send answers as the page does, and return what became of each."""
    items = [{"status": "submitted", "values": values(), **item} for item in items]
    answered = client.post("me/responses/bulk", json={"user_id": str(client.user.id), "items": items, **more})
    assert answered.status_code == 200, answered.text
    return answered.json()["items"]


@pytest.fixture
def stored(migrated_database, dataset):
    """Return the rows of the dataset's answers."""

    def stored():
        with migrated_database.transaction() as session:
            rows = select(Response).where(Response.dataset_id == dataset).order_by(Response.inserted_at)
            return session.scalars(rows).all()

    return stored


def test_answers_of_somebody_else_are_refused_as_a_whole(anna, ben, record, stored, events):
    body = {"user_id": str(ben.user.id), "items": [{"record_id": record, "status": "draft"}]}
    refused = anna.post("me/responses/bulk", json=body)
    assert refused.status_code == 409
    assert refused.json()["detail"]["code"] == "conflict"
    assert (stored(), events()) == ([], [])
    assert send(anna, {"record_id": record}, user_id=None)[0]["error"] is None


def test_everything_that_the_page_says_is_stored(anna, record, stored):
    (outcome,) = send(
        anna,
        {
            "record_id": record,
            "values": {},
            "status": "discarded",
            "swapped": True,
            "duration_ms": 1234,
            "revision": 3,
            "skip_reason": "No picture: ☹",
        },
    )
    assert list(outcome["item"]) == [
        "id",
        "values",
        "status",
        "record_id",
        "user_id",
        "inserted_at",
        "updated_at",
        "revision",
        "shown_order",
        "swapped",
    ]
    item = outcome["item"]
    assert (item["revision"], item["shown_order"], item["swapped"]) == (3, [2, 1], True)
    (response,) = stored()
    assert (response.shown_order, response.duration_ms, response.revision) == ([2, 1], 1234, 3)
    assert response.skip_reason == "No picture: ☹"


def test_a_reason_to_skip_what_is_not_discarded_is_refused_alone(anna, record, stored):
    outcomes = send(anna, {"record_id": record, "skip_reason": "x"}, {"record_id": record, "status": "draft"})
    assert "Only discarded responses have a skip reason" in outcomes[0]["error"]["detail"]
    assert [response.status for response in stored()] == ["draft"]


def test_of_two_revisions_in_one_batch_the_later_one_stays(anna, record, stored, events):
    first, second = send(
        anna,
        {"record_id": record, "revision": 1},
        {"record_id": record, "revision": 2, "values": values("image_2")},
    )
    assert first["item"]["values"] == values()
    assert second["item"]["values"] == values("image_2")
    (response,) = stored()
    assert (response.values, response.revision) == (values("image_2"), 2)
    assert [event[-1] for event in events()] == ["image_1", "image_2"]


def test_an_earlier_answer_that_comes_again_is_answered_with_what_is_stored(anna, record, events):
    send(anna, {"record_id": record, "revision": 1})
    (later,) = send(anna, {"record_id": record, "revision": 2, "values": values("image_2")})
    assert send(anna, {"record_id": record, "revision": 1}) == [later]
    assert len(events()) == 2


def test_the_same_answer_fifty_times_at_once_is_one_answer(anna, record, dataset, stored, events):
    body = {
        "user_id": str(anna.user.id),
        "items": [{"record_id": record, "status": "submitted", "values": values(), "revision": 1}],
    }
    start = threading.Barrier(50)
    app = create_app(anna.app.state.settings)
    # Within its block, a client has one event loop for all its requests, as a server has.
    with TestClient(app, base_url=str(anna.base_url), headers=anna.headers) as client:

        def answer_at_once(_):
            start.wait()
            return client.post("me/responses/bulk", json=body)

        with ThreadPoolExecutor(50) as threads:
            answered = list(threads.map(answer_at_once, range(50)))
    assert [one.status_code for one in answered] == [200] * 50
    assert len({one.text for one in answered}) == 1
    assert answered[0].json()["items"][0]["error"] is None
    assert (len(stored()), len(events())) == (1, 1)
    assert metrics(anna, dataset) == (2, 1, 0, 0, 1)


def test_of_fifty_answers_with_one_revision_at_once_one_is_stored_and_all_see_it(
    anna, record, dataset, stored, events
):
    bodies = [
        {
            "items": [
                {
                    "record_id": record,
                    "dataset_id": (dataset, None)[number % 2],
                    "status": "discarded",
                    "skip_reason": f"Reason {number}",
                    "swapped": number % 3 == 0,
                    "revision": 1,
                }
            ]
        }
        for number in range(50)
    ]
    start = threading.Barrier(50)
    app = create_app(anna.app.state.settings)
    with TestClient(app, base_url=str(anna.base_url), headers=anna.headers) as client:

        def answer_at_once(body):
            start.wait()
            return client.post("me/responses/bulk", json=body)

        with ThreadPoolExecutor(50) as threads:
            answered = list(threads.map(answer_at_once, bodies))
    assert [one.status_code for one in answered] == [200] * 50
    outcomes = [one.json()["items"][0] for one in answered]
    (taken,) = [place for place, outcome in enumerate(outcomes) if outcome["error"] is None]
    assert len({json.dumps(outcome["item"]) for outcome in outcomes}) == 1
    refused = [outcome["error"] for place, outcome in enumerate(outcomes) if place != taken]
    assert {(error["status"], error["code"]) for error in refused} == {(409, "conflict")}
    assert all(error["detail"] for error in refused)
    (response,) = stored()
    assert (response.skip_reason, response.shown_order == [2, 1]) == (f"Reason {taken}", taken % 3 == 0)
    assert (outcomes[0]["item"]["revision"], outcomes[0]["item"]["swapped"]) == (1, taken % 3 == 0)
    assert len(events()) == 1
    assert metrics(anna, dataset) == (2, 0, 1, 0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_in_whatever_order_each_revision_has_one_answer(anna, record, dataset, stored, seed):
    chance = random.Random(seed)
    answers = [
        {
            "record_id": record,
            "dataset_id": dataset,
            "values": values(chance.choice(("image_1", "image_2", "both_good", "both_bad"))),
            "status": chance.choice(("submitted", "draft")),
            "duration_ms": number,
            "revision": chance.randint(1, 4),
        }
        for number in range(30)
    ]
    # Some are sent again, and some in one request.
    sent = chance.sample([*answers, *answers[:10]], 40)
    requests = [sent[start : start + 4] for start in range(0, len(sent), 4)]
    app = create_app(anna.app.state.settings)
    with TestClient(app, base_url=str(anna.base_url), headers=anna.headers) as client:

        def send_some(items):
            return client.post("me/responses/bulk", json={"items": items}).json()["items"]

        with ThreadPoolExecutor(8) as threads:
            replies = list(threads.map(send_some, requests))
    outcomes = [outcome for some in replies for outcome in some]
    shown = {}
    for given, outcome in zip(sent, outcomes, strict=True):
        item, error = outcome["item"], outcome["error"]
        assert item["revision"] >= given["revision"]
        assert error is None or error["status"] == 409
        assert shown.setdefault(item["revision"], (item["values"], item["status"])) == (
            item["values"],
            item["status"],
        )
    (response,) = stored()
    assert response.revision == max(shown)
    assert (response.values, response.status.value) == shown[response.revision]


def test_requests_that_come_at_once_share_nothing_but_the_transaction(
    owner, anna, ben, world, migrated_database
):
    dataset = make_dataset(owner, str(uuid.uuid4()), min_submitted=2)
    records = [item["id"] for item in put(owner, dataset, *(pair(str(n)) for n in range(8)))]
    far = {"items": [{"record_id": UNKNOWN, "status": "submitted", "values": values()}]}

    def body(record, value="image_1", dataset_id=None, **more):
        item = {"record_id": record, "status": "submitted", "values": values(value), "dataset_id": dataset_id}
        return {"items": [item], **more}

    requests = [(200, client, body(record)) for client in (anna, ben) for record in records] + [
        (200, anna, body(records[0], dataset_id=dataset)),
        (200, world["sam"], far),
        (200, ben, body(records[0], "image_9")),
        (409, ben, body(records[0], user_id=str(anna.user.id))),
        (401, None, body(records[0])),
    ]
    start = threading.Barrier(len(requests))
    app = create_app(anna.app.state.settings)
    with TestClient(app, base_url=str(anna.base_url)) as client:

        def send_at_once(request):
            _, person, json_body = request
            headers = person.headers if person else {"X-Argilla-Api-Key": "wrong"}
            start.wait()
            return client.post("me/responses/bulk", json=json_body, headers=headers)

        with ThreadPoolExecutor(len(requests)) as threads:
            answered = list(threads.map(send_at_once, requests))
    assert [one.status_code for one in answered] == [status for status, _, _ in requests]
    errors = [one.json()["items"][0]["error"] for one in answered if one.status_code == 200]
    assert [error is None for error in errors] == [True] * 17 + [False] * 2
    assert team(owner, dataset)[:2] == (8, 8)
    assert_counted(migrated_database, dataset)
    with migrated_database.reading() as session:
        moments = session.scalars(select(Response.inserted_at).where(Response.dataset_id == dataset)).all()
    assert len(moments) == 16
    assert len(set(moments)) < 16


def test_a_record_is_looked_for_in_the_dataset_that_is_named(owner, anna, world, dataset, record, stored):
    others = (make_dataset(owner, str(uuid.uuid4())), make_dataset(world["mia"], str(uuid.uuid4())), UNKNOWN)
    for other in others:
        answered = anna.post(
            "me/responses/bulk",
            json={"items": [{"record_id": record, "dataset_id": other, "status": "draft", "values": {}}]},
        )
        assert answered.json()["items"][0]["error"] is not None
    assert stored() == []
    send(anna, {"record_id": record, "dataset_id": dataset})
    assert len(stored()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"revision": 0},
        {"revision": 1_000_001},
        {"duration_ms": -1},
        {"skip_reason": "x" * 501},
        {"skip_reason": "a\0b"},
        {"skip_reason": "\ud800"},
        {"swapped": "left"},
        {"shown_order": []},
        {"shown_order": [0, 1]},
        {"shown_order": [1, 3]},
        {"shown_order": [2, 2]},
        {"shown_order": "2,1"},
        {"shown_order": list(range(1, 14))},
        {"shown_order": [2, 1], "swapped": False},
    ],
)
def test_what_is_out_of_bounds_is_refused(anna, record, stored, wrong):
    item = {"record_id": record, "status": "discarded", **wrong}
    body = json.dumps({"items": [item]})
    refused = anna.post("me/responses/bulk", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert stored() == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("", "application/json", 422),
        ("{", "application/json", 422),
        ('{"items": 1}', "application/json; charset=utf-8", 422),
        ('{"items": []}', "text/plain", 422),
        (" " * (2**20 + 1), "application/json", 413),
    ],
)
def test_what_is_no_list_of_answers_is_refused_with_a_reason(anna, body, kind, status):
    refused = anna.post("me/responses/bulk", content=body, headers={"Content-Type": kind})
    assert refused.status_code == status
    assert refused.json()["detail"]["message"]


def test_who_goes_away_within_the_body_is_no_mistake_of_ours(anna):
    async def receive():
        return {"type": "http.disconnect"}

    sent = []

    async def send(message):
        sent.append(message)

    request = anna.build_request("POST", "me/responses/bulk", json={"items": []})
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    scope = {"type": "http", "method": "POST", "path": request.url.path, "raw_path": request.url.raw_path}
    scope |= {"headers": headers, "query_string": b"", "scheme": "http", "root_path": "", "server": ("x", 80)}
    asyncio.run(anna.app(scope, receive, send))
    assert [message["status"] for message in sent if "status" in message] == [400]


def test_what_is_just_within_bounds_is_taken(anna, record, stored):
    item = {"record_id": record, "values": {}, "status": "discarded"}
    send(anna, {**item, "revision": 1_000_000, "duration_ms": 10**30, "skip_reason": "x" * 500})
    (response,) = stored()
    assert (response.revision, response.duration_ms, len(response.skip_reason)) == (
        1_000_000,
        86_400_000,
        500,
    )


def test_a_change_by_its_id_keeps_what_only_the_page_knows(owner, anna, dataset, record, stored, world):
    item = {"record_id": record, "values": {}, "status": "discarded", "swapped": True}
    (outcome,) = send(anna, {**item, "duration_ms": 900, "skip_reason": "No picture"})
    path = f"responses/{outcome['item']['id']}"
    assert anna.put(path, json={"status": "discarded"}).json().items() <= outcome["item"].items()
    world["adam"].put(path, json={"status": "discarded", "values": values()})
    (response,) = stored()
    assert (response.shown_order, response.duration_ms, response.skip_reason) == ([2, 1], 900, "No picture")
    assert response.revision == 2
    world["adam"].put(path, json={"status": "submitted", "values": values()})
    (response,) = stored()
    assert (response.shown_order, response.duration_ms, response.skip_reason) == ([2, 1], 900, None)


def test_a_change_by_its_id_takes_no_time_to_look(anna, dataset, record, migrated_database):
    (outcome,) = send(anna, {"record_id": record, "duration_ms": 900})
    path = f"responses/{outcome['item']['id']}"
    assert anna.put(path, json={"status": "submitted", "values": values("image_2")}).status_code == 200
    with migrated_database.transaction() as session:
        mine = session.get_one(AnnotatorProgress, (uuid.UUID(dataset), anna.user.id))
        assert mine.total_duration_ms == 900


def test_a_logged_answer_takes_the_place_of_another_as_its_next_revision(
    owner, anna, dataset, record, stored
):
    item = {"record_id": record, "values": {}, "status": "discarded", "skip_reason": "No picture"}
    send(anna, {**item, "revision": 4})
    same = {"external_id": "1", "responses": [{**answer_of(anna, status="discarded"), "values": {}}]}
    put(owner, dataset, same)
    (response,) = stored()
    assert (response.revision, response.skip_reason) == (4, "No picture")
    put(owner, dataset, {"external_id": "1", "responses": [answer_of(anna, "image_2")]})
    (response,) = stored()
    assert (response.values, response.revision, response.skip_reason) == (values("image_2"), 5, None)
    send(anna, {**item, "revision": 4})
    assert stored()[0].values == values("image_2")
    send(anna, {"record_id": record, "revision": 6})
    assert stored()[0].values == values()


# Counts


def test_progress_and_metrics_are_exact(owner, world, dataset, migrated_database):
    anna, ben, adam = (world[name] for name in ("anna", "ben", "adam"))
    put(
        owner,
        dataset,
        pair("1", responses=[answer_of(anna), answer_of(ben), answer_of(adam, status="draft")]),
        pair("2", responses=[answer_of(anna), answer_of(ben, status="discarded")]),
        pair("3", responses=[answer_of(anna, status="draft")]),
        pair("4", responses=[answer_of(anna), answer_of(adam)]),
        pair("5"),
    )
    assert team(adam, dataset) == (5, 2, 3, ["anna", "adam", "ben"])
    assert team(anna, dataset) == (5, 2, 3, [])
    none = {"submitted": 0, "discarded": 0, "draft": 0}
    people = [
        {
            "username": "adam",
            "completed": {**none, "submitted": 1, "draft": 1},
            "pending": none,
        },
        {
            "username": "anna",
            "completed": {**none, "submitted": 2},
            "pending": {"submitted": 1, "discarded": 0, "draft": 1},
        },
        {
            "username": "ben",
            "completed": {**none, "submitted": 1},
            "pending": {**none, "discarded": 1},
        },
    ]
    assert adam.get(f"datasets/{dataset}/users/progress").json() == {"users": people}
    assert anna.get(f"datasets/{dataset}/users/progress").json() == {"users": people[1:2]}
    assert metrics(anna, dataset) == (5, 3, 0, 1, 1)
    assert metrics(ben, dataset) == (5, 1, 1, 0, 3)
    assert metrics(adam, dataset) == (5, 1, 0, 1, 3)
    assert metrics(owner, dataset) == (5, 0, 0, 0, 5)
    assert_counted(migrated_database, dataset)


def test_who_only_looked_has_not_answered(owner, anna, dataset, record, migrated_database):
    with migrated_database.transaction() as session:
        project = session.get_one(Dataset, uuid.UUID(dataset))
        claim(session, project, anna.user, limit=1, lease_seconds=600)
    assert team(owner, dataset) == (2, 0, 2, [])
    assert owner.get(f"datasets/{dataset}/users/progress").json() == {"users": []}


def test_progress_of_another_workspace_does_not_exist(world, dataset):
    for path in (f"datasets/{dataset}/progress", f"datasets/{dataset}/users/progress"):
        for name, status in (("sam", 404), ("mia", 404), ("anna", 200), ("adam", 200)):
            assert world[name].get(path).status_code == status
    assert world["sam"].get(f"me/datasets/{dataset}/metrics").status_code == 404


def test_logged_answers_are_counted_whatever_they_were_before(
    owner, world, dataset, migrated_database, events
):
    anna, ben = world["anna"], world["ben"]
    steps = [
        ([answer_of(anna)], "pending", (1, 1, 0, 0, 0)),
        ([answer_of(anna)], "pending", (1, 1, 0, 0, 0)),
        ([answer_of(ben), answer_of(anna, "image_2")], "completed", (1, 1, 0, 0, 0)),
        ([answer_of(anna, status="discarded")], "pending", (1, 0, 1, 0, 0)),
        ([answer_of(anna, status="draft")], "pending", (1, 0, 0, 1, 0)),
        ([answer_of(anna), answer_of(world["adam"])], "completed", (1, 1, 0, 0, 0)),
        ([], "completed", (1, 1, 0, 0, 0)),
    ]
    for responses, status, own in steps:
        (record,) = put(owner, dataset, pair("1", responses=responses))
        assert (record["status"], metrics(anna, dataset)) == (status, own)
        assert_counted(migrated_database, dataset)
    assert events() == [
        ("anna", "olga", "submitted", "image_1"),
        ("ben", "olga", "submitted", "image_1"),
        ("anna", "olga", "submitted", "image_2"),
        ("anna", "olga", "discarded", "image_1"),
        ("anna", "olga", "draft", "image_1"),
        ("anna", "olga", "submitted", "image_1"),
        ("adam", "olga", "submitted", "image_1"),
    ]


def test_an_answer_that_a_record_brings_keeps_how_the_one_before_came_about(
    owner, anna, dataset, record, stored, migrated_database
):
    send(anna, {"record_id": record, "swapped": True, "duration_ms": 900, "revision": 3})
    put(owner, dataset, pair("1", responses=[answer_of(anna, "image_2")]))
    (response,) = stored()
    assert (response.values, response.revision) == (values("image_2"), 4)
    with migrated_database.transaction() as session:
        mine = select(ResponseEvent).where(ResponseEvent.dataset_id == dataset)
        events = session.scalars(mine.order_by(ResponseEvent.id)).all()
        progress = session.get_one(AnnotatorProgress, (dataset, anna.user.id))
    assert [(one.shown_order, one.duration_ms) for one in (response, *events)] == [([2, 1], 900)] * 3
    assert progress.total_duration_ms == 900
    assert_counted(migrated_database, dataset)


def test_counts_stay_right_while_everybody_writes_at_once(owner, world, migrated_database):
    dataset = make_dataset(owner, "busy", min_submitted=2)
    ids = [item["id"] for item in put(owner, dataset, *(pair(str(n)) for n in range(20)))]
    names = ("anna", "ben", "adam", "anna")
    choices = ("image_1", "image_2", "both_bad")
    start = threading.Barrier(len(names) + 2)

    def work(worker, name):
        start.wait()
        for turn in range(5):
            # Each in another order, and one person in two tabs at the same time.
            mine = ids[worker * 3 :] + ids[: worker * 3]
            items = [
                {
                    "record_id": id_,
                    "status": ("submitted", "submitted", "discarded")[(turn + n) % 3],
                    "values": values(choices[(worker + turn + n) % 3]),
                }
                for n, id_ in enumerate(mine[:: 1 + turn % 2])
            ]
            answered = world[name].post("me/responses/bulk", json={"items": items})
            assert answered.status_code == 200, answered.text
            assert [outcome["error"] for outcome in answered.json()["items"]] == [None] * len(items)

    def log():
        start.wait()
        for turn in range(5):
            status = ("submitted", "draft")[turn % 2]
            batch = [
                pair(
                    str(n),
                    metadata={"seed": turn} if n % 4 == 0 else {},
                    responses=[answer_of(world[name], choices[turn % 3], status) for name in ("ben", "anna")],
                )
                for n in range(19, -1, -1)
            ]
            put(owner, dataset, *batch)

    def come_and_go():
        start.wait()
        for turn in range(5):
            some = put(owner, dataset, *(pair(f"{turn}-{n}", responses=[answer_of(owner)]) for n in range(3)))
            gone = ",".join(item["id"] for item in some[:2])
            assert owner.delete(f"datasets/{dataset}/records", params={"ids": gone}).status_code == 204

    with ThreadPoolExecutor(len(names) + 2) as threads:
        done = [threads.submit(work, number, name) for number, name in enumerate(names)]
        done += [threads.submit(log), threads.submit(come_and_go)]
        for future in done:
            future.result()
    assert team(owner, dataset)[0] == 25
    assert_counted(migrated_database, dataset)
