"""Records of pairs that lack an image: none comes in, and one that is there from before is not answered."""

import json

import pytest

from tests import factories
from tests.api.datasets import answer_of, make_dataset, pair, put

GOOD = {"image_1": "https://x.org/1", "image_2": "https://x.org/2", "prompt": "a fox"}
BAD = [
    ({**GOOD, "image_1": "pictures/a.png", "image_2": None}, "images.image_1"),
    ({**GOOD, "image_1": "C:\\pics\\a.png"}, "images.image_1"),
    ({**GOOD, "prompt": ""}, "images.prompt"),
    ({"image_1": "https://x.org/1"}, "images.prompt"),
    ({}, "images.prompt"),
    ({**GOOD, "image_2": None}, "images.image_2"),
    ({**GOOD, "image_2": 5}, "images.image_2"),
    ({**GOOD, "image_2": f"/media/{'0' * 64}.png"}, "images.image_2"),
    ({**GOOD, "prompt": ["a fox"]}, "images.prompt"),
]


@pytest.fixture
def dataset(owner):
    return make_dataset(owner)


@pytest.fixture
def faulty(database):
    """The ids of a dataset and of a record in it that was stored when less was asked of records."""
    with database.transaction() as session:
        dataset = factories.dataset(session, "old")
        record = factories.record(session, dataset, "1", fields={"images": {**GOOD, "image_2": None}})
        factories.record(session, dataset, "2")
        return str(dataset.id), str(record.id)


@pytest.mark.parametrize(("images", "place"), BAD)
def test_a_pair_that_lacks_something_is_refused_with_its_position(owner, dataset, images, place):
    items = [pair("1"), pair("2"), pair("3"), {"external_id": "4", "fields": {"images": images}}]
    answer = owner.put(f"datasets/{dataset}/records/bulk", json={"items": items})
    detail = answer.json()["detail"]
    assert (answer.status_code, detail["params"]) == (422, {"field": place, "position": 3})
    assert detail["message"].startswith("Record at position 3 ")
    assert owner.get(f"datasets/{dataset}/records").json()["items"] == []


@pytest.mark.parametrize(("images", "place"), BAD)
def test_a_pair_cannot_be_changed_into_one_that_lacks_something(owner, dataset, images, place):
    (record,) = put(owner, dataset, pair())
    answer = owner.patch(f"records/{record['id']}", json={"fields": {"images": images}})
    assert (answer.status_code, answer.json()["detail"]["params"]["field"]) == (422, place)
    assert owner.get(f"records/{record['id']}").json()["fields"] == record["fields"]


def test_images_in_the_address_are_images(owner, dataset):
    drawing = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"
    (record,) = put(owner, dataset, {"fields": {"images": {**GOOD, "image_1": drawing}}})
    assert record["fields"]["images"]["image_1"] == drawing


VALUES = {"preference": {"value": "image_1"}}
DOORS = {
    "a new response": lambda client, _, record, status: client.post(
        f"records/{record}/responses", json={"status": status, "values": VALUES}
    ),
    "own responses": lambda client, _, record, status: client.post(
        "me/responses/bulk", json={"items": [{"record_id": record, "status": status, "values": VALUES}]}
    ),
    "a response of a record": lambda client, dataset, record, status: client.put(
        f"datasets/{dataset}/records/bulk",
        json={"items": [{"id": record, "responses": [answer_of(client, status=status)]}]},
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_nobody_prefers_an_image_of_a_record_that_lacks_one(owner, faulty, door):
    answer = DOORS[door](owner, *faulty, "submitted")
    assert "The field 'images.image_2' is empty" in answer.text
    assert answer.status_code == (200 if door == "own responses" else 422)
    record = owner.get(f"records/{faulty[1]}").json()
    assert (record["status"], record["responses"]) == ("pending", [])


@pytest.mark.parametrize("status", ["draft", "discarded"])
@pytest.mark.parametrize("door", DOORS)
def test_a_record_that_lacks_an_image_can_be_put_aside(owner, faulty, door, status):
    answer = DOORS[door](owner, *faulty, status)
    assert answer.is_success
    assert "is empty" not in answer.text
    (response,) = owner.get(f"records/{faulty[1]}").json()["responses"]
    assert response["status"] == status


def test_a_response_that_was_put_aside_cannot_become_a_preference(owner, faulty):
    response = DOORS["a new response"](owner, *faulty, "discarded").json()["id"]
    answer = owner.put(f"responses/{response}", json={"status": "submitted", "values": VALUES})
    assert answer.status_code == 422
    assert "images.image_2" in json.dumps(answer.json())


def test_a_record_that_lacks_an_image_can_be_answered_once_it_has_it(owner, faulty):
    assert owner.patch(f"records/{faulty[1]}", json={"metadata": {"seed": 1}}).status_code == 200
    assert owner.patch(f"records/{faulty[1]}", json={"fields": {"images": GOOD}}).status_code == 200
    assert DOORS["a new response"](owner, *faulty, "submitted").status_code == 201
