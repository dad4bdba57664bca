"""A response is taken or refused by the same rules, and for the same reason, whichever way it comes in."""

import html
import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from diptych.core.settings import Settings
from diptych.imports.service import import_file
from diptych.models import Response, Role
from diptych.users.service import rotate_api_key
from tests import factories
from tests.factories import shapes

QUESTIONS = {
    "side": shapes.SIDE,
    "order": {**shapes.RANKING, "required": False},
    "flaws": {**shapes.LABELS, "required": False},
    "stars": {**shapes.RATING, "required": False},
}
FIRST = {"value": "image_1", "rank": 1}
BOTH = [FIRST, {"value": "image_2", "rank": 2}]


class Doors:
    """The ways in: each takes values and a status, and returns why they are refused, if they are."""

    def __init__(self, app, database, folder):
        self.database, self.folder = database, folder
        with database.transaction() as session:
            self.dataset = factories.dataset(session, "doors", {"images": shapes.custom("")}, QUESTIONS)
            self.person, owner = factories.user(session), factories.user(session, role=Role.OWNER)
            self.cookies = factories.cookies(session, self.person)
            self.key, owner_key = rotate_api_key(session, self.person), rotate_api_key(session, owner)
        self.page = TestClient(app, cookies=self.cookies, follow_redirects=False)
        self.api, self.sdk = (
            TestClient(app, base_url="http://testserver/api/v1/", headers={"X-Argilla-Api-Key": key})
            for key in (self.key, owner_key)
        )

    def record(self, name, fields=None):
        """Add a record and return its id."""
        with self.database.transaction() as session:
            return str(factories.record(session, self.dataset, name, fields=fields).id)

    def stored(self):
        """Return the values of all responses, and what else is known of them."""
        with self.database.transaction() as session:
            found = session.scalars(select(Response).where(Response.dataset_id == self.dataset.id)).all()
        return [(one.values, one.status.value, one.revision, one.skip_reason) for one in found]

    def form(self, values, status, record=None):
        fields = {f"answer.{name}": _as_typed(value) for name, value in values.items()}
        data = {"record": record or self.record("form"), "status": status, **fields}
        reply = self.page.post("/datasets/doors/responses", data=data)
        return None if reply.status_code == 303 else html.unescape(reply.text)

    def bulk(self, values, status, record=None):
        item = {"record_id": record or self.record("bulk"), "status": status, "values": _wrapped(values)}
        (outcome,) = self.api.post("me/responses/bulk", json={"items": [item]}).json()["items"]
        return outcome["error"] and outcome["error"]["detail"]

    def single(self, values, status, record=None):
        path = f"records/{record or self.record('single')}/responses"
        reply = self.api.post(path, json={"status": status, "values": _wrapped(values)})
        return None if reply.status_code == 201 else reply.json()["detail"]["message"]

    def log(self, values, status, record=None):
        """Send the response inside its record, as the SDK does."""
        response = {"user_id": str(self.person.id), "status": status, "values": _wrapped(values)}
        item = {"id": record, "external_id": None if record else "log", "responses": [response]}
        item["fields"] = None if record else factories.images("a cat")
        reply = self.sdk.put(f"datasets/{self.dataset.id}/records/bulk", json={"items": [item]})
        return None if reply.status_code == 200 else reply.json()["detail"]["message"]

    def nested_file(self, values, status):
        person = str(self.person.id)
        responses = {
            name: [{"value": value, "user_id": person, "status": status}] for name, value in values.items()
        }
        return self._import({"id": "nested", "fields": factories.images("a cat"), "responses": responses})

    def flat_file(self, values, status):
        row = {"id": "flat", **factories.images("a cat")}
        for name, value in values.items():
            row |= {
                f"{name}.responses": [value],
                f"{name}.responses.users": [str(self.person.id)],
                f"{name}.responses.status": [status],
            }
        return self._import(row)

    def _import(self, row):
        path, problems = self.folder / "rows.json", []
        path.write_text(json.dumps([row]))
        settings = Settings(data_dir=self.folder)
        import_file(
            self.database,
            self.dataset,
            path,
            settings=settings,
            skip_bad_rows=True,
            on_problem=problems.append,
        )
        return problems[0].reason if problems else None


def _wrapped(values):
    return {name: {"value": value} for name, value in values.items()}


def _as_typed(value):
    """Return a value as the form without scripts sends it."""
    if isinstance(value, list):
        return [f"{item['rank']}:{item['value']}" if isinstance(item, dict) else item for item in value]
    return str(value)


@pytest.fixture
def doors(app, database, tmp_path):
    return Doors(app, database, tmp_path)


ALL = ("form", "bulk", "single", "log", "nested_file", "flat_file")


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"side": "image_1"}, "submitted"),
        ({"side": "image_2", "order": BOTH, "flaws": ["text", "hands"], "stars": 3}, "submitted"),
        ({"stars": 3}, "draft"),
        ({"stars": 3}, "discarded"),
        ({"order": [FIRST]}, "draft"),
    ],
)
def test_a_response_that_fits_is_stored_in_the_same_form(doors, values, status):
    for door in ALL:
        assert getattr(doors, door)(values, status) is None, door
    assert doors.stored() == [(_wrapped(values), status, 1, None)] * len(ALL)


@pytest.mark.parametrize(
    ("values", "status", "reason"),
    [
        ({"stars": 3}, "submitted", "n answer to 'side' is needed"),
        ({"side": "image_3"}, "submitted", "'image_3' is not one of the labels image_1, image_2"),
        ({"side": "image_3"}, "draft", "'image_3' is not one of the labels image_1, image_2"),
        ({"side": "image_1", "stars": 9}, "submitted", "9 is not one of the ratings 1, 2, 3, 4, 5"),
        ({"side": "image_1", "flaws": ["text", "text"]}, "discarded", "he answer has a label twice"),
        ({"side": "image_1", "order": [FIRST]}, "submitted", "he answer does not rank 'image_2'"),
        ({"side": "image_1", "order": [FIRST, FIRST]}, "draft", "he answer has an option twice"),
        ({"taste": "sweet"}, "draft", "he dataset has no question 'taste'; it has side, order, flaws, stars"),
    ],
)
def test_a_response_that_does_not_fit_is_refused_for_the_same_reason(doors, values, status, reason):
    # A form has no place for a question that is not asked.
    for door in ALL if values.keys() <= QUESTIONS.keys() else ALL[1:]:
        assert reason in (getattr(doors, door)(values, status) or ""), door
    assert doors.stored() == []


@pytest.mark.parametrize("door", ["form", "bulk", "single", "log"])
def test_nothing_is_submitted_on_a_record_that_lacks_an_image(doors, door):
    fields = {"images": {"image_1": "https://x.org/1", "prompt": "a cat"}}
    record = doors.record("faulty", fields)
    refused = getattr(doors, door)({"side": "image_1"}, "submitted", record)
    assert "his record can only be skipped or discarded" in refused
    assert getattr(doors, door)({"side": "image_1"}, "discarded", record) is None
