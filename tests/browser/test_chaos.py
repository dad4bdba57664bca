"""Whatever happens to server, database, network and session: each answer is stored once, as it was given."""

import json
import re
import time

import pytest
from playwright.sync_api import Error, expect
from sqlalchemy import delete, func, select

from diptych.core import migrations, postgres
from diptych.core.db import Database
from diptych.models import LoginSession, Record, Response, ResponseEvent, User
from diptych.records.service import delete_records
from tests import factories
from tests.browser import chromium
from tests.browser.annotation import ADDRESS, all_saved, hold, open_annotation, wait_for_pairs, waiting
from tests.browser.conftest import PASSWORD, WINDOW, login
from tests.browser.hands import TIMEOUT_MS, Hands, import_pairs, list_miscounted
from tests.browser.processes import database_stopped, serving

ANSWERS = "**/responses/bulk"
MEDIA = "**/media/*"
# After so many in vain, the page waits as long as it ever does before it sends answers again.
TRIES = 5
DRAINED_S = 10
KEYS = "1234512"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("chaos")


@pytest.fixture(scope="module")
def migrated_database(data_dir):
    """A database of this module's own, to stop and to start."""
    with postgres.running(data_dir) as address:
        database = Database(address)
        migrations.upgrade(database)
        yield database
        database.dispose()


@pytest.fixture(scope="module")
def process(migrated_database, data_dir):
    address = migrated_database.url.render_as_string(hide_password=False)
    with serving(address, data_dir) as process:
        yield process


@pytest.fixture(scope="module")
def server(process):
    return process.address


@pytest.fixture
def console_errors():
    """What went wrong in the scripts; that requests fail is what these tests are about."""
    errors = []
    yield errors
    assert [error for error in errors if not error.startswith("Failed to load resource")] == []


@pytest.fixture
def anna(database, dataset):
    with database.transaction() as session:
        return factories.user(session, "anna", password=PASSWORD)


@pytest.fixture
def ben(database, dataset):
    with database.transaction() as session:
        return factories.user(session, "ben", password=PASSWORD)


@pytest.fixture
def pairs(database, dataset, data_dir):
    import_pairs(database, dataset, data_dir, 44)


@pytest.fixture
def hands(anna, pairs):
    return Hands(anna)


@pytest.fixture
def annotation(hands, new_page, sign_in, anna):
    """Anna's browser with her first pair in it."""
    return open_annotation(sign_in(new_page(), anna))


def check(hands, database):
    """See that the database has each answer once, and counts right."""
    given = hands.list_given(database)
    assert hands.list_stored(database, ResponseEvent) == given
    assert hands.list_stored(database, Response) == {record: values[-1:] for record, values in given.items()}
    assert list_miscounted(database) == []


@pytest.fixture
def saved(database, hands):
    """Wait until everything is sent from a page, and compare it with what was pressed."""

    def saved(page):
        all_saved(page, timeout=20)
        check(hands, database)

    return saved


def status(page):
    return page.locator("[data-saving-text]")


def answers_dialog(page):
    status(page).click()
    return page.get_by_role("dialog", name="Your answers")


def download(page, dialog):
    with page.expect_download() as found:
        dialog.get_by_role("link", name="Download").click()
    return json.loads(found.value.path().read_text("utf-8"))


def test_a_server_that_is_killed_loses_no_answer(annotation, hands, process, saved):
    for number in range(30):
        hands.answer(annotation, KEYS[number % len(KEYS)])
        if number in {6, 18}:
            process.kill()
            process.start()

    saved(annotation)
    expect(status(annotation)).to_have_text("All saved", timeout=TIMEOUT_MS)


def test_a_database_that_is_away_for_long_loses_no_answer(annotation, hands, process, data_dir, saved):
    def is_of_answers(reply):
        return reply.url.endswith("/responses/bulk")

    replies = []
    annotation.on("response", lambda reply: reply.status >= 400 and replies.append(reply))
    wait_for_pairs(annotation, 4)
    hands.answer(annotation, "1")
    earlier = len(process.requests())
    with database_stopped(data_dir, process):
        for key in "231":
            hands.answer(annotation, key)
        expect(status(annotation)).to_have_text(re.compile("^[34] waiting$"))
        assert process.probe() == (503, 5)
        for _ in range(TRIES):
            annotation.wait_for_event("response", is_of_answers, timeout=TIMEOUT_MS)
        expect(annotation.locator("dialog[open]")).to_have_count(0)
    back = time.monotonic()
    all_saved(annotation, timeout=20)
    drained = time.monotonic() - back
    assert drained < DRAINED_S, f"everything was sent after {drained:.1f} s"

    hands.answer(annotation, "4")
    saved(annotation)
    assert {request["status"] for request in process.requests()[earlier:]} <= {200, 503}
    assert {reply.status for reply in replies} == {503}
    assert all(reply.header_value("Retry-After") for reply in replies)


def test_what_is_answered_offline_outlives_the_browser(
    database, browser, server, hands, tmp_path, console_errors, saved
):
    def shut_out(is_out):
        with database.transaction() as session:
            session.get_one(User, hands.person.id).disabled_at = func.now() if is_out else None

    def start():
        context = browser.browser_type.launch_persistent_context(
            tmp_path,
            executable_path=chromium.find(),
            args=chromium.ARGUMENTS,
            base_url=server,
            viewport=WINDOW,
        )
        return context, context.new_page()

    context, page = start()
    with context:
        login(page, "anna")
        open_annotation(page)
        hands.answer(page, "2")
        all_saved(page)
        context.set_offline(True)
        given = [hands.answer(page, key) for key in "132"]
        expect(status(page)).to_have_text("Offline, 3 waiting")
        dialog = answers_dialog(page)
        expect(dialog.get_by_role("listitem")).to_have_count(3)
        assert [answer["record"] for answer in download(page, dialog)] == given
        # Chromium's offline mode ends for a page that is being left, a moment before the page does.
        shut_out(is_out=True)
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            page.reload()
        page.close()

    shut_out(is_out=False)
    context, page = start()
    with context:
        context.route(ANSWERS, lambda route: route.abort())
        open_annotation(page)
        expect(status(page)).to_have_text("3 waiting")
        assert hands.look(page) not in given
        expect(answers_dialog(page).get_by_role("listitem")).to_have_count(3)
        context.unroute(ANSWERS)
        saved(page)


def test_a_session_that_ends_costs_a_login_and_nothing_else(annotation, database, hands, saved):
    hands.answer(annotation, "1")
    all_saved(annotation)
    with database.transaction() as session:
        session.execute(delete(LoginSession))
    hands.answer(annotation, "2")
    dialog = annotation.get_by_role("dialog", name="You were logged out")
    expect(dialog).to_be_visible()
    expect(status(annotation)).to_have_text("Log in: 1 waiting")
    shown = hands.look(annotation)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Log in").click()

    saved(annotation)
    expect(status(annotation)).to_have_text("All saved")
    assert hands.look(annotation) == shown
    hands.answer(annotation, "3")
    saved(annotation)


def test_answers_are_not_sent_as_somebody_else(annotation, database, hands, anna, ben, saved):
    hands.answer(annotation, "1")
    all_saved(annotation)
    other = annotation.context.new_page()
    other.context.clear_cookies()
    login(other, "ben")
    with annotation.expect_response(ANSWERS) as refused:
        hands.answer(annotation, "2")
    assert refused.value.status == 409
    dialog = annotation.get_by_role("dialog", name="You were logged out")
    expect(dialog).to_be_visible()
    with database.transaction() as session:
        assert session.scalars(select(Response.user_id)).all() == [anna.id]
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Log in").click()

    saved(annotation)
    hands.answer(annotation, "3")
    saved(annotation)


def test_two_tabs_of_one_person_share_the_work(annotation, hands, saved):
    tabs = [annotation, open_annotation(annotation.context.new_page())]
    seen = [[], []]
    for number in range(14):
        side = number % 2
        tabs[side].bring_to_front()
        seen[side].append(hands.answer(tabs[side], KEYS[number % len(KEYS)]))
    shown = [hands.look(tab) for tab in tabs]

    assert len({*seen[0], *seen[1], *shown}) == 16
    saved(annotation)


@pytest.mark.parametrize("has_arrived", [True, False])
def test_an_answer_that_is_changed_before_it_is_confirmed(annotation, hands, saved, has_arrived):
    def lose(route):
        if has_arrived:
            route.fetch()
        route.abort()

    annotation.route(ANSWERS, lose, times=1)
    with annotation.expect_request(ANSWERS) as sent:
        first = hands.answer(annotation, "1")
    assert hands.back(annotation) == first
    assert hands.answer(annotation, "3") == first
    saved(annotation)
    assert len(hands.given[first]) == 2

    late = annotation.request.post(sent.value.url, data=sent.value.post_data_json)
    assert late.ok
    saved(annotation)


def test_an_answer_that_the_server_refuses_is_kept_until_it_is_forgotten(
    annotation, database, dataset, hands, anna, saved
):
    let_go = hold(annotation, ANSWERS)
    gone = hands.answer(annotation, "1")
    with database.transaction() as session:
        delete_records(session, dataset, [session.scalars(select(Record.id).where(Record.id == gone)).one()])
    let_go()
    for key in "23":
        hands.answer(annotation, key)
    del hands.given[gone]
    expect(status(annotation)).to_have_text("1 rejected")
    all_saved(annotation, but=1)
    check(hands, database)

    dialog = answers_dialog(annotation)
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog.get_by_role("listitem")).to_contain_text(re.compile("There is no such record"))
    (answer,) = download(annotation, dialog)
    assert answer["record"] == gone
    dialog.get_by_role("button", name="Discard rejected answers").click()
    expect(status(annotation)).to_have_text("All saved")
    assert waiting(annotation) == 0
    check(hands, database)


def test_unsent_answers_stay_with_who_gave_them(annotation, database, hands, ben, saved):
    annotation.context.route(ANSWERS, lambda route: route.abort())
    for key in "12":
        hands.answer(annotation, key)
    expect(status(annotation)).to_have_text("2 waiting")
    # The first person's page is left before the network is back, or it would still send them.
    annotation.context.clear_cookies()
    login(annotation, "ben")
    annotation.context.unroute(ANSWERS)
    open_annotation(annotation, ADDRESS)
    theirs = Hands(ben)
    theirs.answer(annotation, "4")
    all_saved(annotation, but=2)
    expect(status(annotation)).to_have_text("All saved")
    check(theirs, database)

    annotation.context.clear_cookies()
    login(annotation, "anna")
    open_annotation(annotation, ADDRESS)
    saved(annotation)
    check(theirs, database)


def test_pictures_that_failed_come_by_themselves(hands, new_page, sign_in, anna, saved):
    page = sign_in(new_page(), anna)
    page.route(MEDIA, lambda route: route.fulfill(status=503))
    open_annotation(page)
    expect(page.get_by_role("heading", name="loading")).to_be_visible(timeout=TIMEOUT_MS)
    page.unroute(MEDIA)

    hands.answer(page, "1")
    saved(page)
