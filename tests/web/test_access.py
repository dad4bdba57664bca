"""Who may open which page: every route has a row, and a route without one fails."""

import uuid

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from diptych.datasets.queries import get_settings
from diptych.jobs.service import enqueue
from diptych.models import ResponseStatus, Role, Workspace
from diptych.records.search.indexes import BUILD_INDEX
from diptych.responses.service import save_response
from tests import factories
from tests.web.conftest import PASSWORD

CALLERS = ("anonymous", "annotator", "annotator elsewhere", "admin elsewhere", "admin", "owner")

# The status that each caller gets, in the order of CALLERS. 303 is the way to the login page for the first
# column, and the way on after a form elsewhere.
PAGES = {
    "GET /login": (200, 303, 303, 303, 303, 303),
    "POST /login": (401,) * 6,
    "POST /logout": (303,) * 6,
    "GET /invitations/{token}": (404,) * 6,
    "POST /invitations/{token}": (404,) * 6,
    "GET /": (303, 200, 200, 200, 200, 200),
    "GET /account": (303, 200, 200, 200, 200, 200),
    "POST /account/api-key": (303,) * 6,
    "POST /account/api-key/revoke": (303,) * 6,
    "POST /account/log-out-elsewhere": (303,) * 6,
    "POST /account/password": (303, 422, 422, 422, 422, 422),
    "GET /media/{name}": (303, 404, 404, 404, 404, 404),
    "GET /datasets/{reference}": (303, 200, 404, 404, 200, 200),
    "GET /datasets/{reference}/annotate": (303, 200, 404, 404, 200, 200),
    "POST /datasets/{reference}/assignments": (303, 303, 404, 404, 303, 303),
    "POST /datasets/{reference}/cards": (303, 200, 404, 404, 200, 200),
    "DELETE /datasets/{reference}/cards": (303, 422, 422, 422, 422, 422),
    "POST /datasets/{reference}/image-failures": (303, 204, 404, 404, 204, 204),
    "POST /datasets/{reference}/image-failures/dismissals": (303, 403, 403, 404, 303, 303),
    # A pair has no frame: the template would tell which picture is the record's first.
    "GET /datasets/{reference}/records/{record_id}/fields/{field}": (303, 404, 404, 404, 404, 404),
    "GET /datasets/{reference}/imports": (303, 403, 403, 404, 200, 200),
    "POST /datasets/{reference}/imports": (303, 403, 403, 404, 422, 422),
    "GET /datasets/{reference}/imports/{import_id}": (303, 403, 403, 404, 404, 404),
    "POST /datasets/{reference}/imports/{import_id}/check": (303, 403, 403, 404, 404, 404),
    "POST /datasets/{reference}/imports/{import_id}/run": (303, 403, 403, 404, 404, 404),
    "POST /datasets/{reference}/imports/{import_id}/cancel": (303, 403, 403, 404, 404, 404),
    "POST /datasets/{reference}/responses": (303, 303, 404, 404, 303, 303),
}
EVERYBODY = (401, 200, 200, 200, 200, 200)
MEMBERS = (401, 200, 404, 404, 200, 200)
ADMINS = (401, 403, 403, 404, 200, 200)
# As ADMINS, but what is sent does not fit: those who may do it are told so.
ADMINS_422 = (401, 403, 403, 404, 422, 422)
OWNERS_422 = (401, 403, 403, 403, 403, 422)
API = {
    "GET /api/v1/version": (200,) * 6,
    "GET /api/v1/status": (200,) * 6,
    "GET /api/v1/settings": (200,) * 6,
    "GET /api/v1/openapi.json": EVERYBODY,
    "POST /api/v1/token": (422,) * 6,
    "GET /api/v1/me": EVERYBODY,
    "GET /api/v1/me/workspaces": EVERYBODY,
    "GET /api/v1/users": (401, 403, 403, 200, 200, 200),
    "POST /api/v1/users": OWNERS_422,
    "GET /api/v1/users/{user_id}": ADMINS,
    "PATCH /api/v1/users/{user_id}": (401, 403, 403, 403, 403, 200),
    "DELETE /api/v1/users/{user_id}": (401, 403, 403, 403, 403, 200),
    "GET /api/v1/users/{user_id}/workspaces": ADMINS,
    "POST /api/v1/workspaces": OWNERS_422,
    "GET /api/v1/workspaces/{workspace_id}": MEMBERS,
    "DELETE /api/v1/workspaces/{workspace_id}": (401, 403, 403, 403, 403, 409),
    "GET /api/v1/workspaces/{workspace_id}/users": ADMINS,
    "POST /api/v1/workspaces/{workspace_id}/users": OWNERS_422,
    # The owner's turn comes after the admin's, and the person has left by then.
    "DELETE /api/v1/workspaces/{workspace_id}/users/{user_id}": (401, 403, 403, 404, 200, 404),
    "GET /api/v1/me/datasets": EVERYBODY,
    "POST /api/v1/datasets": (401, 403, 403, 422, 422, 422),
    "GET /api/v1/datasets/{dataset_id}": MEMBERS,
    "PATCH /api/v1/datasets/{dataset_id}": ADMINS,
    "PUT /api/v1/datasets/{dataset_id}/publish": ADMINS_422,
    "DELETE /api/v1/datasets/{dataset_id}": (401, 403, 403, 404, 200, 404),
    "GET /api/v1/datasets/{dataset_id}/fields": MEMBERS,
    "POST /api/v1/datasets/{dataset_id}/fields": ADMINS_422,
    "PATCH /api/v1/fields/{setting_id}": ADMINS,
    "DELETE /api/v1/fields/{setting_id}": ADMINS_422,
    "GET /api/v1/datasets/{dataset_id}/questions": MEMBERS,
    "POST /api/v1/datasets/{dataset_id}/questions": ADMINS_422,
    "PATCH /api/v1/questions/{setting_id}": ADMINS,
    "DELETE /api/v1/questions/{setting_id}": ADMINS_422,
    "GET /api/v1/me/datasets/{dataset_id}/metadata-properties": MEMBERS,
    "POST /api/v1/datasets/{dataset_id}/metadata-properties": ADMINS_422,
    "PATCH /api/v1/metadata-properties/{setting_id}": ADMINS,
    "DELETE /api/v1/metadata-properties/{setting_id}": (401, 403, 403, 404, 200, 404),
    "GET /api/v1/datasets/{dataset_id}/vectors-settings": MEMBERS,
    "POST /api/v1/datasets/{dataset_id}/vectors-settings": ADMINS_422,
    "PATCH /api/v1/vectors-settings/{setting_id}": ADMINS,
    "DELETE /api/v1/vectors-settings/{setting_id}": (401, 403, 403, 404, 200, 404),
    "PUT /api/v1/datasets/{dataset_id}/records/bulk": ADMINS_422,
    "GET /api/v1/datasets/{dataset_id}/records": ADMINS,
    "DELETE /api/v1/datasets/{dataset_id}/records": ADMINS_422,
    "POST /api/v1/datasets/{dataset_id}/records/search": ADMINS,
    "POST /api/v1/me/datasets/{dataset_id}/records/search": MEMBERS,
    "GET /api/v1/records/{record_id}": MEMBERS,
    "PATCH /api/v1/records/{record_id}": ADMINS,
    "DELETE /api/v1/records/{record_id}": (401, 403, 403, 404, 200, 404),
    "POST /api/v1/records/{record_id}/responses": (401, 201, 404, 404, 201, 201),
    "PUT /api/v1/responses/{response_id}": (401, 404, 404, 404, 200, 200),
    "DELETE /api/v1/responses/{response_id}": (401, 404, 404, 404, 200, 404),
    "POST /api/v1/me/responses/bulk": (401, 422, 422, 422, 422, 422),
    "GET /api/v1/datasets/{dataset_id}/progress": MEMBERS,
    "GET /api/v1/datasets/{dataset_id}/users/progress": MEMBERS,
    "GET /api/v1/me/datasets/{dataset_id}/metrics": MEMBERS,
    "GET /api/v1/jobs/{job_id}": ADMINS,
    "GET /api/v1/datasets/{dataset_id}/export": (401, 403, 403, 404, 200, 200),
}
OPEN = {"GET /healthz": (200,) * 6, "GET /readyz": (200,) * 6}
ROWS = PAGES | API | OPEN


@pytest.fixture
def world(database):
    """A dataset with one answer, by somebody who does not call, and the callers; the ids that paths name."""
    with database.transaction() as session:
        session.add(Workspace(name="elsewhere"))
        session.flush()
        dataset = factories.dataset(session, "cats")
        record = factories.record(session, dataset)
        for caller in CALLERS[1:]:
            role, _, elsewhere = caller.partition(" ")
            people = factories.user(
                session,
                caller,
                role=Role(role),
                password=PASSWORD,
                workspace="elsewhere" if elsewhere else "default",
            )
            if caller == "annotator":
                annotator = people
        response = save_response(
            session, dataset, record.id, factories.user(session), values={}, status=ResponseStatus.DRAFT
        )
        settings = get_settings(session, dataset)
        job_id = enqueue(session, BUILD_INDEX, {}, dataset=dataset)
    return {
        "job_id": job_id,
        "reference": "cats",
        "dataset_id": dataset.id,
        "workspace_id": dataset.workspace_id,
        "record_id": record.id,
        "response_id": response.id,
        "user_id": annotator.id,
        "field": "images",
        "fields": settings.fields[0].id,
        "questions": settings.questions[0].id,
        "metadata-properties": settings.metadata_properties[0].id,
        "vectors-settings": settings.vectors[0].id,
        "token": "made-up",
        "name": "x.png",
        "import_id": uuid.uuid4(),
    }


def routes(app):
    return {
        f"{method} {route.path.replace(':path}', '}')}"
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
    }


def test_every_route_has_a_row(app):
    assert routes(app) == set(ROWS)


def body(method, path, world):
    """Return what is sent: as little as can be, but answers that fit."""
    if path == "/datasets/{reference}/responses":
        return {"data": {"record": str(world["record_id"]), "choice": "image_1"}}
    if path == "/datasets/{reference}/cards":
        return {"json": {"limit": 1}}
    if path == "/datasets/{reference}/image-failures":
        return {"json": {"items": [{"record_id": str(world["record_id"]), "images": [1]}]}}
    if path.endswith(("/responses", "/responses/{response_id}")):
        return {"json": {"status": "draft"}}
    return {"json": {}} if path.startswith("/api/") and method != "GET" and path != "/api/v1/token" else {}


@pytest.mark.parametrize("route", ROWS)
def test_each_caller_gets_what_the_table_says(app, world, route):
    method, path = route.split()
    setting_id = world.get(path.removeprefix("/api/v1/").partition("/")[0])
    address = path.format(setting_id=setting_id, **world)
    statuses = []
    for caller in CALLERS:
        client = TestClient(app, follow_redirects=False)
        if caller != "anonymous":
            client.post("/login", data={"username": caller, "password": PASSWORD})
        statuses.append(client.request(method, address, **body(method, path, world)).status_code)
    assert tuple(statuses) == ROWS[route]
