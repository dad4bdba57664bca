"""Who may open which page: every route has a row, and a route without one fails."""

import uuid

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from diptych.models import Role, Workspace
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
    "POST /account/api-key": (303, 200, 200, 200, 200, 200),
    "GET /media/{name}": (303, 404, 404, 404, 404, 404),
    "GET /datasets/{reference}": (303, 200, 404, 404, 200, 200),
    "GET /datasets/{reference}/annotate": (303, 200, 404, 404, 200, 200),
    "POST /datasets/{reference}/assignments": (303, 303, 404, 404, 303, 303),
    "GET /datasets/{reference}/imports": (303, 403, 403, 404, 200, 200),
    "POST /datasets/{reference}/imports": (303, 403, 403, 404, 422, 422),
    "GET /datasets/{reference}/imports/{import_id}": (303, 403, 403, 404, 404, 404),
    "POST /datasets/{reference}/imports/{import_id}/check": (303, 403, 403, 404, 404, 404),
    "POST /datasets/{reference}/imports/{import_id}/run": (303, 403, 403, 404, 404, 404),
    "POST /datasets/{reference}/responses": (303, 303, 404, 404, 303, 303),
}
API = {
    "GET /api/v1/me": (401, 200, 200, 200, 200, 200),
    "GET /api/v1/datasets/{dataset_id}/export": (401, 403, 403, 404, 200, 200),
}
OPEN = {"GET /healthz": (200,) * 6, "GET /readyz": (200,) * 6}
ROWS = PAGES | API | OPEN


@pytest.fixture
def world(database):
    with database.transaction() as session:
        session.add(Workspace(name="elsewhere"))
        session.flush()
        dataset = factories.dataset(session, "cats")
        record = factories.record(session, dataset)
        for caller in CALLERS[1:]:
            role, _, elsewhere = caller.partition(" ")
            factories.user(
                session,
                caller,
                role=Role(role),
                password=PASSWORD,
                workspace="elsewhere" if elsewhere else "default",
            )
    return {"dataset": str(dataset.id), "record": str(record.id)}


def routes(app):
    return {
        f"{method} {route.path.replace(':path}', '}')}"
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
    }


def test_every_route_has_a_row(app):
    assert routes(app) == set(ROWS)


@pytest.mark.parametrize("route", ROWS)
def test_each_caller_gets_what_the_table_says(app, world, route):
    method, path = route.split()
    address = path.format(
        reference="cats", dataset_id=world["dataset"], token="made-up", name="x.png", import_id=uuid.uuid4()
    )
    form = {"record": world["record"], "choice": "image_1"} if path.endswith("/responses") else None
    statuses = []
    for caller in CALLERS:
        client = TestClient(app, follow_redirects=False)
        if caller != "anonymous":
            client.post("/login", data={"username": caller, "password": PASSWORD})
        statuses.append(client.request(method, address, data=form).status_code)
    assert tuple(statuses) == ROWS[route]
