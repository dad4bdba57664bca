"""Whatever fits the OpenAPI document, and much that does not, is answered as the document says."""

import json
import re
import uuid
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from diptych.app import create_app
from diptych.core.settings import Settings
from diptych.models import Dataset, Job, Role
from diptych.records.search.indexes import build_soon
from tests import factories
from tests.api.datasets import answer, make_dataset, pair, put

PREFIX = "/api/v1"
EXAMPLES = 30
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _operations():
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none"))
    schema = schemathesis.openapi.from_dict(app.openapi())
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.label: operation for operation in found if operation.path.startswith(PREFIX)}


OPERATIONS = _operations()


@pytest.fixture(scope="module")
def owner(world):
    return world["olga"]


@pytest.fixture
def real(owner, migrated_database):
    """What there is, by the names that paths and bodies have for it; made anew, as some of it is deleted."""
    dataset = make_dataset(owner, str(uuid.uuid4()))
    response = answer(owner, put(owner, dataset, pair("1", metadata={"seed": 1}), pair("2"))[0]["id"])
    with migrated_database.transaction() as session:
        user = factories.user(session, role=Role.ANNOTATOR)
        build_soon(session, session.get_one(Dataset, uuid.UUID(dataset)))
        job = session.scalars(select(Job.id).where(Job.dataset_id == uuid.UUID(dataset))).one()
    workspace = owner.post("workspaces", json={"name": str(uuid.uuid4())}).json()["id"]
    return {
        "dataset_id": dataset,
        "record_id": response["record_id"],
        "response_id": response["id"],
        "user_id": str(user.id),
        "job_id": str(job),
        "workspace_id": workspace,
        "ids": response["record_id"],
        "id": response["record_id"],
        "external_id": "2",
        "question_id": owner.get(f"datasets/{dataset}/questions").json()["items"][0]["id"],
        "question_name": "preference",
        "question": "preference",
        "field": "images",
        "metadata_property": "seed",
        "values": {"preference": {"value": "image_1"}},
        "vectors": {"prompt": [1, 2]},
        "include": ["responses", "suggestions", "vectors:prompt"],
    }


def _setting_of(owner, operation, real):
    """Return the id of a field, question, metadata property or vector, whichever a path is about."""
    kind = operation.path.split("/")[3]
    me = "me/" if kind == "metadata-properties" else ""
    return owner.get(f"{me}datasets/{real['dataset_id']}/{kind}").json()["items"][0]["id"]


def _made_real(draw, value, real):
    """Return a value with some of what it names being there."""
    if isinstance(value, list):
        return [_made_real(draw, item, real) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: real[key] if key in real and draw(st.integers(0, 3)) else _made_real(draw, item, real)
        for key, item in value.items()
    }


@st.composite
def cases(draw, operation, real):
    modes = [GenerationMode.POSITIVE]
    if operation.body or operation.query:
        modes.append(GenerationMode.NEGATIVE)
    case = draw(operation.as_strategy(generation_mode=draw(st.sampled_from(modes))))
    case.path_parameters = {
        key: real[key] if draw(st.integers(0, 9)) else value
        for key, value in (case.path_parameters or {}).items()
    }
    if isinstance(case.query, dict):
        case.query = _made_real(draw, case.query, real)
    if isinstance(case.body, dict | list):
        case.body = _made_real(draw, case.body, real)
    return case


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_is_an_error_of_ours_and_every_answer_is_as_described(owner, real, label):
    operation = OPERATIONS[label]
    if "{setting_id}" in operation.path:
        real["setting_id"] = _setting_of(owner, operation, real)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=HealthCheck,
    )
    @given(cases(operation, real))
    def check(case):
        sent = case.as_transport_kwargs(base_url="http://testserver")
        sent.pop("cookies", None)
        # The key of the client counts, not a made-up one.
        headers = {
            name: value
            for name, value in (sent.pop("headers", None) or {}).items()
            if name.lower() not in {"x-argilla-api-key", "authorization", "cookie"}
        }
        answered = owner.request(headers=headers, **sent)
        case.validate_response(answered, checks=CHECKS)
        if label != "POST /api/v1/users":
            assert '"api_key":"' not in answered.text
        assert owner.headers["X-Argilla-Api-Key"] not in answered.text

    check()


@pytest.fixture(scope="module")
def lists(owner, world):
    """Addresses of all that is listed, none of which is in the order of its names."""
    for name in ("zoo", "ark", "map"):
        workspace = owner.post("workspaces", json={"name": name}).json()["id"]
        for person in ("anna", "olga", "adam"):
            member = {"user_id": str(world[person].user.id)}
            assert owner.post(f"workspaces/{workspace}/users", json=member).status_code == 201
    for name in ("zebra", "ant", "mole"):
        dataset = make_dataset(owner, name, publish=False)
    for kind, body in (
        ("fields", {"settings": {"type": "text"}}),
        ("questions", {"settings": {"type": "text"}}),
        ("metadata-properties", {"settings": {"type": "terms"}}),
        ("vectors-settings", {"dimensions": 1}),
    ):
        for name in ("z", "b"):
            made = owner.post(f"datasets/{dataset}/{kind}", json={"name": f"{name} {kind}", **body})
            assert made.status_code == 201
    put(owner, dataset, pair("z"), pair("a"), pair("m"))
    put(owner, dataset, pair("b"), pair("a", metadata={"seed": 1}))
    return {"dataset_id": dataset, "workspace_id": workspace, "user_id": str(world["anna"].user.id)}


LISTS = [
    operation
    for operation in OPERATIONS.values()
    if operation.method == "get" and not re.search(r"/records/{|/settings|/jobs/", operation.path)
]


def test_every_list_is_in_the_order_of_insertion(owner, lists):
    found = {}
    for operation in LISTS:
        answered = owner.get(operation.path.removeprefix(f"{PREFIX}/").format(**lists))
        body = answered.json()
        if isinstance(body, dict) and "items" in body:
            found[operation.path] = body["items"]
    for path, items in found.items():
        moments = [item["inserted_at"] for item in items]
        names = [item.get("username") or item.get("name") or item["external_id"] for item in items]
        assert moments == sorted(moments), path
        assert names != sorted(names), path
    assert len(found) == 10


ODD = ("\0", "\ud800", "a\0b")


@pytest.mark.parametrize("text", ODD)
def test_what_cannot_be_stored_is_not_found_or_refused(owner, lists, text):
    dataset, odd = lists["dataset_id"], json.dumps(text)
    scopes = [
        {"entity": "record", "property": "external_id"},
        {"entity": "record", "property": "id"},
        {"entity": "record", "property": "status"},
        {"entity": "metadata", "metadata_property": "tags"},
        {"entity": "suggestion", "question": "preference", "property": "agent"},
        {"entity": "suggestion", "question": "preference", "property": "value"},
        {"entity": "response", "question": "preference", "property": "value"},
        {"entity": "response", "question": None, "property": "status"},
    ]
    bodies = [f'{{"query":{{"text":{{"q":{odd}}}}}}}', f'{{"query":{{"text":{{"q":"a","field":{odd}}}}}}}']
    bodies += [
        f'{{"filters":{{"type":"and","and":[{{"type":"terms","values":[{odd}],"scope":{json.dumps(scope)}}}]}}}}'
        for scope in scopes
    ]
    for body in bodies:
        headers = {"Content-Type": "application/json"}
        answered = owner.post(f"datasets/{dataset}/records/search", content=body, headers=headers)
        assert answered.status_code == 422, body
    address = quote(text, errors="surrogatepass")
    assert owner.get(f"datasets/{address}/export").status_code == 404
    refused = owner.get(f"me/datasets?name={address}")
    assert (refused.status_code, refused.json()["detail"]["params"]) == (422, {"field": "name"})
