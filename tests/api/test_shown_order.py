"""The order in which images stood on screen, as callers send it and get it back."""

import uuid

import pytest
from sqlalchemy import select

from diptych.assignments.service import Outcome, claim
from diptych.models import Dataset, Record, Response, ResponseEvent
from tests import factories
from tests.api.datasets import answer, make_dataset, pair, put
from tests.factories import shapes

NAMES = [f"image_{number}" for number in range(1, 5)]


@pytest.fixture
def anna(world):
    return world["anna"]


@pytest.fixture
def owner(world):
    return world["olga"]


@pytest.fixture
def dataset(owner):
    return make_dataset(owner, str(uuid.uuid4()), min_submitted=2)


@pytest.fixture
def record(owner, dataset):
    return put(owner, dataset, pair("1"))[0]["id"]


@pytest.fixture
def four(migrated_database):
    """The id of a record of four images."""
    images = {"prompt": "a fox", **{name: f"https://x.org/{name}" for name in NAMES}}
    return make(migrated_database, {"images": shapes.custom("")}, {"images": images})


@pytest.fixture
def words(migrated_database):
    """The id of a record without images."""
    return make(migrated_database, {"text": shapes.TEXT}, {"text": "a"})


def make(database, fields, values):
    with database.transaction() as session:
        dataset = factories.dataset(session, str(uuid.uuid4()), fields, {"label": shapes.LABEL})
        return str(factories.record(session, dataset, fields=values).id)


def send(client, record, **item):
    body = {"items": [{"record_id": record, "status": "draft", **item}]}
    return client.post("me/responses/bulk", json=body)


def stored(database, record):
    with database.transaction() as session:
        return session.scalars(
            select(Response.shown_order).where(Response.record_id == uuid.UUID(record))
        ).all()


@pytest.mark.parametrize(
    ("sent", "order", "swapped"),
    [
        ({}, None, None),
        ({"shown_order": [1, 2]}, [1, 2], False),
        ({"shown_order": [2, 1]}, [2, 1], True),
        ({"swapped": True}, [2, 1], True),
        ({"swapped": False}, [1, 2], False),
        ({"shown_order": [2, 1], "swapped": True}, [2, 1], True),
        ({"shown_order": None, "swapped": None}, None, None),
    ],
)
def test_pairs_are_said_either_way(anna, record, migrated_database, sent, order, swapped):
    item = send(anna, record, **sent).json()["items"][0]["item"]
    assert (item["shown_order"], item["swapped"]) == (order, swapped)
    assert stored(migrated_database, record) == [order]


@pytest.mark.parametrize(
    "sent", [{"swapped": False, "shown_order": [2, 1]}, {"swapped": True, "shown_order": [1, 2]}]
)
def test_two_ways_that_contradict_each_other_are_refused(anna, record, migrated_database, sent):
    refused = send(anna, record, **sent)
    assert refused.status_code == 422
    assert "contradict each other" in refused.text
    assert stored(migrated_database, record) == []


def test_more_images_have_their_order_only(owner, four, migrated_database):
    item = send(owner, four, shown_order=[3, 1, 4, 2]).json()["items"][0]["item"]
    assert (item["shown_order"], item["swapped"]) == ([3, 1, 4, 2], None)
    assert stored(migrated_database, four) == [[3, 1, 4, 2]]


def test_an_order_of_other_images_than_the_records_is_refused_alone(owner, record, four, migrated_database):
    items = [
        {"record_id": four, "status": "draft", "shown_order": [2, 3, 1]},
        {"record_id": record, "status": "draft", "shown_order": [2, 1]},
    ]
    refused, taken = owner.post("me/responses/bulk", json={"items": items}).json()["items"]
    assert refused["error"]["status"] == 422
    assert refused["error"]["detail"] == "The shown order lists 3 images, but this record has 4."
    assert taken["error"] is None
    assert stored(migrated_database, four) == []


@pytest.mark.parametrize("swapped", [True, False])
def test_what_earlier_pages_said_of_every_record_means_nothing_without_a_pair(
    owner, four, words, migrated_database, swapped
):
    for record in (four, words):
        item = send(owner, record, swapped=swapped).json()["items"][0]["item"]
        assert (item["shown_order"], item["swapped"]) == (None, None)
        assert stored(migrated_database, record) == [None]


def test_a_change_that_says_nothing_of_the_order_keeps_it(anna, record, migrated_database):
    send(anna, record, shown_order=[2, 1])
    send(anna, record, status="discarded")
    assert stored(migrated_database, record) == [[2, 1]]


def events(database, dataset):
    with database.transaction() as session:
        mine = select(ResponseEvent).where(ResponseEvent.dataset_id == uuid.UUID(dataset))
        return session.scalars(mine.order_by(ResponseEvent.inserted_at, ResponseEvent.id)).all()


def test_the_audit_trail_says_how_why_and_whether_late(anna, dataset, record, migrated_database):
    send(anna, record, shown_order=[2, 1], status="discarded", skip_reason="No picture")
    send(anna, record, status="draft")
    first, second = events(migrated_database, dataset)
    assert (first.shown_order, first.skip_reason, first.is_late, first.is_counted) == (
        [2, 1],
        "No picture",
        True,
        True,
    )
    assert (second.shown_order, second.skip_reason) == ([2, 1], None)


def test_the_audit_trail_outlives_its_record_and_goes_with_its_dataset(
    owner, anna, dataset, record, migrated_database
):
    answer(anna, record)
    before = [event.id for event in events(migrated_database, dataset)]
    assert owner.delete(f"records/{record}").status_code == 200
    with migrated_database.transaction() as session:
        assert session.scalars(select(Record).where(Record.dataset_id == uuid.UUID(dataset))).all() == []
        assert session.scalars(select(Response).where(Response.dataset_id == uuid.UUID(dataset))).all() == []
    assert before == [event.id for event in events(migrated_database, dataset)]
    assert owner.delete(f"datasets/{dataset}").status_code == 200
    assert events(migrated_database, dataset) == []


def test_an_excluded_record_is_given_to_nobody(anna, dataset, record, migrated_database):
    with migrated_database.transaction() as session:
        session.get_one(Record, (uuid.UUID(dataset), uuid.UUID(record))).is_excluded = True
    with migrated_database.transaction() as session:
        home = session.get_one(Dataset, uuid.UUID(dataset))
        claimed = claim(session, home, anna.user, limit=1, lease_seconds=60)
    assert (claimed.outcome, list(claimed.leases)) == (Outcome.NOTHING, [])
