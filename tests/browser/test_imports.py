"""The page of an import follows the worker without reloading."""

import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from diptych.jobs.worker import Worker
from diptych.models import Role
from diptych.worker import JOB_KINDS
from tests import factories

PAIRS = "id,prompt,image_1,image_2\n1,a cat,https://a.example/1.webp,https://a.example/2.webp\n"


@pytest.fixture
def worker(database, server_settings):
    """Return a function that runs a worker until the test ends."""
    worker = Worker(database, server_settings, JOB_KINDS)
    thread = threading.Thread(target=worker.run)
    yield thread.start
    worker.stop()
    if thread.ident:
        thread.join()


@pytest.fixture
def uploaded(database, page, sign_in):
    """The page of a file that ada has just uploaded."""
    with database.transaction() as session:
        factories.dataset(session, "cats")
        ada = factories.user(session, "ada", role=Role.ADMIN)
    sign_in(page, ada)
    page.goto("/datasets/cats/imports")
    page.locator("#file").set_input_files(
        {"name": "pairs.csv", "mimeType": "text/csv", "buffer": PAIRS.encode()}
    )
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
    return page


def test_an_import_is_followed_from_the_upload_to_its_end(uploaded, worker):
    expect(uploaded.get_by_text("No worker is running")).to_be_visible()
    assert Axe().run(uploaded).response["violations"] == []
    uploaded.evaluate("window.isThisPage = true")
    worker()
    expect(uploaded.get_by_role("heading", name="Ready to import")).to_be_visible()
    assert uploaded.evaluate("window.isThisPage")
    uploaded.get_by_role("button", name="Import", exact=True).click()
    expect(uploaded.get_by_role("heading", name="Imported")).to_be_visible()
    expect(uploaded.get_by_text("1 new records")).to_be_visible()


def test_an_import_that_waits_is_canceled(uploaded):
    uploaded.get_by_role("button", name="Cancel").click()
    expect(uploaded.get_by_text("The import was canceled")).to_be_visible()
    expect(uploaded.get_by_role("button", name="Check again").first).to_be_visible()


def test_a_server_that_is_away_for_a_moment_is_asked_again(uploaded, worker, console_errors):
    uploaded.context.set_offline(offline=True)
    with uploaded.expect_event("requestfailed"):
        pass
    uploaded.context.set_offline(offline=False)
    worker()
    expect(uploaded.get_by_role("heading", name="Ready to import")).to_be_visible()
    console_errors.clear()
