"""Annotators judge blind: every route is asked for everything that is hidden from them."""

import re

import pytest
from fastapi.routing import iter_route_contexts

from diptych.assignments.service import Outcome
from diptych.web.annotate.queues import Queue
from tests.security.conftest import EXTERNAL_ID, PICTURE, SCORE

# What annotators must not find anywhere; each stands somewhere for an owner.
CANARIES = (
    "canary_property",
    "canary-title",
    "canary-model",
    "canary-term",
    "canary_key",
    "canary-extra",
    EXTERNAL_ID,
    "canary-agent",
    str(SCORE),
    "canary-admin",
    "canary-colleague",
    "canary-words",
    "canary-reason",
    "canary-file.csv",
    "canary-draft",
    "Guidelines of canary_draft",
    "Why of canary_draft",
    "A prompt of canary_draft",
    "canary_draft_vector",
    "canary-workspace",
    "canary-elsewhere",
    "canary-stranger",
)
INCLUDE = {"include": ["responses", "suggestions", "vectors"]}
SEARCHES = [
    {},
    {"query": {"text": {"q": "prompt"}}},
    {"query": {"text": {"q": "prompt", "field": "nonsense"}}},
    {"query": {"vector": {"name": "nonsense", "value": [1, 2]}}},
    {"filters": {"and": [{"type": "range", "ge": 1, "scope": {"entity": "response", "question": "x"}}]}},
    {"sort": [{"scope": {"entity": "metadata", "metadata_property": "nonsense"}}]},
    {"sort": [{"scope": {"entity": "record", "property": "nonsense"}}]},
]
FIELDS = ("prompt", "frame", "script", "nonsense")
SEARCH = [{"json": body, "params": INCLUDE} for body in SEARCHES]
# What is sent to a route that takes something: each of these. A new route without a row fails.
SENT = {
    "POST /login": [{}],
    "POST /logout": [{}],
    "POST /invitations/{token}": [{}],
    "POST /account/api-key": [{}],
    "POST /account/api-key/revoke": [{}],
    "POST /account/password": [{}],
    "POST /account/log-out-elsewhere": [{}],
    "POST /datasets/{reference}/assignments": [{}],
    "POST /datasets/{reference}/cards": [{"json": {"limit": 10}}, {"json": {"limit": 1, "user_id": "USER"}}],
    "POST /datasets/{reference}/image-failures": [
        {"json": {"items": [{"record_id": "RECORD", "images": [1]}]}}
    ],
    "POST /datasets/{reference}/image-failures/dismissals": [{}],
    "POST /datasets/{reference}/responses": [{}, {"data": {"record": "RECORD", "status": "draft"}}],
    "POST /datasets/{reference}/imports": [{}],
    "POST /datasets/{reference}/imports/{import_id}/check": [{}],
    "POST /datasets/{reference}/imports/{import_id}/run": [{}],
    "POST /datasets/{reference}/imports/{import_id}/cancel": [{}],
    "POST /api/v1/token": [{}],
    "POST /api/v1/users": [{"json": {}}],
    "PATCH /api/v1/users/{user_id}": [{"json": {}}],
    "POST /api/v1/workspaces": [{"json": {}}],
    "POST /api/v1/workspaces/{workspace_id}/users": [{"json": {"user_id": "USER"}}],
    "POST /api/v1/datasets": [{"json": {"name": "x", "workspace_id": "WORKSPACE"}}],
    "PATCH /api/v1/datasets/{dataset_id}": [{"json": {"guidelines": "x"}}],
    "PUT /api/v1/datasets/{dataset_id}/publish": [{}],
    "POST /api/v1/datasets/{dataset_id}/fields": [{"json": {"name": "prompt", "settings": {"type": "text"}}}],
    "PATCH /api/v1/fields/{setting_id}": [{"json": {"title": "x"}}],
    "POST /api/v1/datasets/{dataset_id}/questions": [{"json": {"name": "why", "settings": {"type": "text"}}}],
    "PATCH /api/v1/questions/{setting_id}": [{"json": {"title": "x"}}],
    "POST /api/v1/datasets/{dataset_id}/metadata-properties": [
        {"json": {"name": "x", "settings": {"type": "terms"}}}
    ],
    "PATCH /api/v1/metadata-properties/{setting_id}": [{"json": {"title": "x"}}],
    "POST /api/v1/datasets/{dataset_id}/vectors-settings": [{"json": {"name": "x", "dimensions": 2}}],
    "PATCH /api/v1/vectors-settings/{setting_id}": [{"json": {"title": "x"}}],
    "PUT /api/v1/datasets/{dataset_id}/records/bulk": [{"json": {"items": [{"external_id": "9"}]}}],
    "PATCH /api/v1/records/{record_id}": [{"json": {"metadata": {"open": "x"}}}],
    "POST /api/v1/datasets/{dataset_id}/records/search": SEARCH,
    "POST /api/v1/me/datasets/{dataset_id}/records/search": SEARCH,
    "POST /api/v1/records/{record_id}/responses": [{"json": {"status": "draft"}}],
    "PUT /api/v1/responses/{response_id}": [{"json": {"status": "draft"}}],
    "POST /api/v1/me/responses/bulk": [
        {"json": {"items": [{"record_id": "RECORD", "status": "draft", **dataset}]}}
        for dataset in ({}, {"dataset_id": "DATASET"})
    ],
}
# Looked at in more than one way.
ASKED = {
    "GET /datasets/{reference}/annotate": [
        *({"params": {"queue": queue.value}} for queue in Queue),
        *({"params": {"outcome": outcome.value}} for outcome in Outcome),
        {"params": {"record": "RECORD"}},
    ],
    "GET /api/v1/datasets/{dataset_id}/records": [{"params": INCLUDE}],
    "GET /api/v1/me/datasets": [
        {},
        {"params": {"status": "draft"}},
        {"params": {"workspace_id": "WORKSPACE"}},
    ],
    "DELETE /api/v1/datasets/{dataset_id}/records": [{"params": {"ids": "RECORD"}}],
}
# Of these, an owner is asked as well; what they send changes nothing.
READING = ("GET ", "POST /datasets/{reference}/cards", "POST /api/v1/datasets/{dataset_id}/records/search")


def routes(app):
    """Return every route with its methods, the way out last."""
    found = {
        f"{method} {route.path.replace(':path}', '}')}"
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
    }
    return sorted(found, key=lambda route: (route == "POST /logout", route))


def walk(app, client, place, only=("",)):
    """Ask every route about what is in a place; yield each route with its answer."""
    for route in routes(app):
        if not route.startswith(only):
            continue
        method, path = route.split()
        is_sent = method in {"POST", "PUT", "PATCH"}
        asked = SENT[route] if is_sent else ASKED.get(route, [{}])
        kind = path.removeprefix("/api/v1/").partition("/")[0]
        for field in FIELDS if "{field}" in path else [None]:
            address = path.format(**{**place, "setting_id": place.get(kind), "field": field})
            for options in asked:
                yield route, client.request(method, address, **_filled(options, place))


def _filled(value, place):
    if isinstance(value, dict):
        return {key: _filled(item, place) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, place) for item in value]
    named = isinstance(value, str) and value.isupper()
    return str(place["dataset_id" if value == "DATASET" else f"{value.lower()}_id"]) if named else value


def shown_in(answer):
    """Return everything that an answer says."""
    return "\n".join([answer.text, *(f"{name}: {value}" for name, value in answer.headers.items())])


def test_an_annotator_finds_no_canary_anywhere(app, world, log_in):
    anna, answered = log_in("anna"), set()
    for place in ("seen", "draft", "elsewhere"):
        anna = log_in("anna")
        for route, answer in walk(app, anna, world[place]):
            found = [canary for canary in (*CANARIES, PICTURE) if canary in shown_in(answer)]
            assert found == [], (place, route, answer.request.content)
            assert answer.status_code < 500, route
            if place == "seen" and answer.status_code < 300:
                answered.add(route)
    # They were let in where they work, so that there was something to find.
    assert answered >= {
        "GET /",
        "GET /datasets/{reference}",
        "GET /datasets/{reference}/annotate",
        "GET /datasets/{reference}/records/{record_id}/fields/{field}",
        "GET /media/{name}",
        "POST /datasets/{reference}/cards",
        "GET /api/v1/me/datasets",
        "GET /api/v1/records/{record_id}",
        "GET /api/v1/me/datasets/{dataset_id}/metadata-properties",
        "GET /api/v1/datasets/{dataset_id}/progress",
        "GET /api/v1/datasets/{dataset_id}/users/progress",
        "POST /api/v1/me/datasets/{dataset_id}/records/search",
        "POST /api/v1/me/responses/bulk",
    }


def test_each_canary_stands_somewhere_for_an_owner(app, world, log_in):
    olga = log_in("olga")
    shown = [
        shown_in(answer)
        for place in ("seen", "draft", "elsewhere")
        for _, answer in walk(app, olga, world[place], READING)
    ]
    assert [canary for canary in CANARIES if not any(canary in text for text in shown)] == []


@pytest.mark.parametrize(
    ("caller", "hidden"), [("anna", "draft"), ("anna", "elsewhere"), ("canary-admin", "elsewhere")]
)
def test_what_is_hidden_answers_as_what_does_not_exist(app, world, log_in, caller, hidden):
    def answers(place):
        # Which workspace a draft is in is no secret.
        known = {"workspace_id", "user_id"} if hidden == "draft" else set()
        place = {name: world["nowhere"][name] if name in known else id_ for name, id_ in place.items()}
        return [
            (route, answer.status_code, _anonymous(answer, place))
            for route, answer in walk(app, log_in(caller), place)
            if "{" in route or "json" in SENT.get(route, [{}])[0]
        ]

    for found, nothing in zip(answers(world[hidden]), answers(world["nowhere"]), strict=True):
        assert found == nothing


def _anonymous(answer, place):
    """Return what an answer says, without the ids that it was asked for and what no two answers share."""
    text = answer.text + answer.headers.get("Location", "")
    for name, id_ in place.items():
        text = text.replace(str(id_), name)
    # Ids of one's own, of requests, and keys that were made.
    return re.sub(r"[\w-]{32,}|\d{4}-\d\d-\d\dT[\d:.]+", "…", text)


def terms(scope, *values):
    return {"filters": {"and": [{"type": "terms", "scope": scope, "values": values or ["a"]}]}}


def between(scope):
    return {"filters": {"and": [{"type": "range", "scope": scope, "ge": 0}]}}


def sort(scope):
    return {"sort": [{"scope": scope}]}


def record(name):
    return {"entity": "record", "property": name}


def suggestion(name):
    return {"entity": "suggestion", "question": "side", "property": name}


def metadata(name):
    return {"entity": "metadata", "metadata_property": name}


@pytest.mark.parametrize(
    ("body_of", "hidden"),
    [
        (lambda name: terms(record(name)), "external_id"),
        (lambda name: between(record(name)), "external_id"),
        (lambda name: sort(record(name)), "external_id"),
        (lambda name: terms(suggestion(name)), "agent"),
        (lambda name: terms(suggestion(name)), "type"),
        (lambda name: between(suggestion(name)), "score"),
        (lambda name: sort(suggestion(name)), "score"),
        (lambda name: sort(suggestion(name)), "agent"),
        (lambda name: terms(metadata(name), "canary-model"), "canary_property"),
        (lambda name: between(metadata(name)), "canary_property"),
        (lambda name: sort(metadata(name)), "canary_property"),
    ],
)
def test_to_ask_for_a_hidden_name_is_to_ask_for_nonsense(world, log_in, body_of, hidden):
    address = f"/api/v1/me/datasets/{world['seen']['dataset_id']}/records/search"

    def replies(username):
        client = log_in(username)
        for name in (hidden, "nonsense"):
            reply = client.post(address, json=body_of(name))
            yield reply.status_code, reply.text.replace(name, "NAME")

    refused, nonsense = replies("anna")
    assert refused == nonsense
    assert refused[0] == 422
    known, nonsense = replies("canary-admin")
    assert known != nonsense


@pytest.mark.parametrize(
    ("body_of", "hidden"),
    [
        (lambda words: {"query": {"text": {"q": words}}}, "canary-model"),
        (lambda words: {"query": {"text": {"q": words}}}, "canary-extra"),
        (lambda words: {"query": {"text": {"q": words}}}, EXTERNAL_ID),
        (lambda words: {"query": {"text": {"q": words}}}, "canary-agent"),
        (lambda words: {"query": {"text": {"q": words}}}, "canary-words"),
        (lambda value: terms(record("id"), value), EXTERNAL_ID),
        (lambda value: terms({"entity": "response", "question": "side"}, value), "a"),
        (lambda value: terms({"entity": "response", "question": "why"}, value), "canary-words"),
        (lambda value: terms({"entity": "response", "property": "status"}, value), "discarded"),
        (lambda value: terms(metadata("open"), value), "canary-model"),
    ],
)
def test_hidden_values_are_found_by_nothing(world, log_in, body_of, hidden):
    address = f"/api/v1/me/datasets/{world['seen']['dataset_id']}/records/search"
    anna = log_in("anna")
    for value in (hidden, "nonsense"):
        reply = anna.post(address, json=body_of(value))
        assert (reply.status_code, reply.json()) == (200, {"items": [], "total": 0})


def test_a_record_is_called_by_its_own_id_where_its_external_id_is_hidden(world, log_in):
    record = world["seen"]["record_id"]
    anna, olga = log_in("anna"), log_in("olga")
    assert anna.get(f"/api/v1/records/{record}").json()["external_id"] == record
    assert olga.get(f"/api/v1/records/{record}").json()["external_id"] == EXTERNAL_ID


def test_a_draft_of_the_same_name_does_not_show_in_the_address_of_a_dataset(app, world, log_in):
    olga = log_in("olga")
    elsewhere = olga.post("/api/v1/workspaces", json={"name": "beside"}).json()["id"]
    (anna,) = [u for u in olga.get("/api/v1/users").json()["items"] if u["username"] == "anna"]
    olga.post(f"/api/v1/workspaces/{elsewhere}/users", json={"user_id": anna["id"]})
    assert olga.post("/api/v1/datasets", json={"name": "cats", "workspace_id": elsewhere}).status_code == 201
    assert 'href="/datasets/cats"' in log_in("anna").get("/").text
    assert log_in("anna").get("/datasets/cats").status_code == 200
    assert olga.get("/datasets/cats").status_code == 409
