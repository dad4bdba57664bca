"""A real server and a real Chromium; every page that a test opens has to keep its console free of errors."""

import uuid
from io import BytesIO
from threading import Thread

import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright
from sqlalchemy import select
from starlette.responses import Response as Reply

from diptych.app import create_app
from diptych.assignments.queries import get_leased_record
from diptych.assignments.service import claim
from diptych.core.settings import Settings
from diptych.models import Response
from diptych.users.sessions import start_session
from tests import factories
from tests.browser import chromium
from tests.browser.annotation import all_saved, open_annotation
from tests.browser.ports import free_port
from tests.polling import wait_until

PASSWORD = "correct horse"
PORT = free_port()
SERVER = f"http://127.0.0.1:{PORT}"
PICTURES = "**/pictures/*"
WINDOW = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def server_settings(migrated_database, tmp_path_factory):
    address = migrated_database.url.render_as_string(hide_password=False)
    return Settings(database_url=address, data_dir=tmp_path_factory.mktemp("data"), log_level="error")


@pytest.fixture(scope="module")
def server(server_settings):
    app = create_app(server_settings)
    app.add_api_route("/pictures/{name}", _picture)
    config = uvicorn.Config(app, port=PORT, log_config=None, ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, "the server to start")
    yield SERVER
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser():
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.HOW_TO_GET_ONE, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def console_errors():
    """What went wrong in the browser; a test that provokes an error clears it."""
    errors = []
    yield errors
    assert errors == []


@pytest.fixture
def new_page(browser, server, database, console_errors):
    """Open a page in a browser of its own: ``new_page(java_script_enabled=False)``."""
    contexts = []

    def new_page(**options):
        contexts.append(browser.new_context(**({"base_url": server, "viewport": WINDOW} | options)))
        return _open(contexts[-1], console_errors)

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def warm_context(browser, server):
    with browser.new_context(base_url=server, viewport=WINDOW) as context:
        yield context


@pytest.fixture
def page(warm_context, database, console_errors):
    """A page like new, but with the static files of the tests before in its cache."""
    page = _open(warm_context, console_errors)
    yield page
    warm_context.set_offline(offline=False)
    page.goto("/login")
    page.evaluate("localStorage.clear()")
    page.evaluate("indexedDB.deleteDatabase('diptych')")
    warm_context.clear_cookies()
    page.close()


def _open(context, console_errors):
    page = context.new_page()
    page.set_default_timeout(10_000)
    # The first page of a server and a browser that have just started takes longer.
    page.set_default_navigation_timeout(15_000)
    page.on(
        "console",
        lambda message: (
            message.type == "error" and console_errors.append(f"{message.text} {message.location}")
        ),
    )
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    return page


@pytest.fixture
def sign_in(database, server):
    """Make a page somebody's without the login page: ``sign_in(page, anna)``."""

    def sign_in(page, person):
        with database.transaction() as session:
            token = start_session(session, person, days=1)
        page.context.add_cookies([{"name": "diptych_session", "value": token, "url": server}])
        return page

    return sign_in


def login(page, username, password=PASSWORD):
    """Log in as a person does."""
    page.goto("/login")
    page.get_by_label("Name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("/")


@pytest.fixture
def dataset(database):
    with database.transaction() as session:
        return factories.dataset(session, "cats", min_submitted=3)


@pytest.fixture
def anna(database, dataset):
    with database.transaction() as session:
        return factories.user(session, "anna")


@pytest.fixture
def records(database, dataset, anna):
    """Some records; anna sees the first picture of one of them on the left, and the second of another."""
    records, sides = [], set()
    with database.transaction() as session:
        while len(records) < 6 or len(sides) < 2:
            records.append(factories.record(session, dataset, fields=images(f"cat {len(records) + 1}")))
            sides.add(tuple(get_leased_record(session, dataset, anna, records[-1].id).shown_order))
    return records


@pytest.fixture
def annotation(database, page, sign_in, dataset, anna, records):
    """Anna's browser with her first pair in it."""
    with database.transaction() as session:
        claim(session, dataset, anna, limit=2, lease_seconds=600)
    return open_annotation(sign_in(page, anna))


@pytest.fixture
def answers(database, browser, anna):
    """Wait until the server has everything; read what anna has answered, the oldest answer first."""

    def answers():
        for page in [page for context in browser.contexts for page in context.pages]:
            if page.url.startswith("http"):
                all_saved(page)
        mine = select(Response).where(Response.user_id == anna.id)
        with database.transaction() as session:
            return session.scalars(mine.order_by(Response.inserted_at)).all()

    return answers


@pytest.fixture
def stored(answers):
    """Read the status and the label of each of anna's answers."""

    def stored():
        return [(answer.status, answer.values.get("preference", {}).get("value")) for answer in answers()]

    return stored


def images(prompt):
    """Return the fields of a record whose pictures the test's server has."""
    name = uuid.uuid4().hex
    one, two = (f"{SERVER}/pictures/{name}-{number}" for number in (1, 2))
    return {"images": {"image_1": one, "image_2": two, "prompt": prompt}}


def _picture(name: str) -> Reply:
    file = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    return Reply(file.getvalue(), media_type="image/png", headers={"Cache-Control": "max-age=3600"})
