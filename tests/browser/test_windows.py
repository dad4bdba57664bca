"""One person in several windows: no two show the same pair, and none is lost with its window."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect
from sqlalchemy import select

from diptych.models import Assignment
from tests import factories
from tests.browser.annotation import TOP, open_annotation, press_and_go, top
from tests.browser.conftest import images
from tests.polling import wait_until


@pytest.fixture
def window(page, sign_in, anna, records):
    return open_annotation(sign_in(page, anna))


def record(page):
    return top(page).get_attribute("data-record")


@pytest.fixture
def open_another(page):
    """Open one more window of the same browser."""
    opened = []

    def open_another(address="/datasets/cats/annotate"):
        opened.append(page.context.new_page())
        return open_annotation(opened[-1], address)

    yield open_another
    for one in opened:
        one.close()


def test_two_windows_show_different_pairs(window, open_another, stored):
    other = open_another()
    seen = []
    for page in (window, other, other, window):
        seen.append(record(page))
        press_and_go(page, "3")
    assert len(set(seen)) == 4
    assert stored() == [("submitted", "both_good")] * 4


def test_windows_that_open_at_once_show_different_pairs(database, page, sign_in, dataset, anna):
    with database.transaction() as session:
        for number in range(20):
            factories.record(session, dataset, fields=images(f"cat {number}"))
    sign_in(page, anna)
    windows = [page, *(page.context.new_page() for _ in range(2))]
    for one in windows:
        one.goto("/datasets/cats/annotate", wait_until="commit")
    for one in windows:
        one.wait_for_selector(f"{TOP}:not([data-unconfirmed])")
    assert len({record(one) for one in windows}) == len(windows)
    for one in windows[1:]:
        one.close()


def test_a_reload_shows_the_same_pair(window):
    before = record(window)
    for _ in range(2):
        window.reload()
        window.wait_for_selector(f"{TOP}:not([data-unconfirmed])")
        assert record(window) == before


def test_a_duplicate_of_a_window_shows_another_pair(window):
    with window.expect_popup() as opened:
        # As where a browser duplicates a tab, the new window has a copy of what the session stores.
        window.evaluate("window.open(location.href)")
    duplicate = opened.value
    duplicate.wait_for_selector(f"{TOP}:not([data-unconfirmed])")
    assert record(duplicate) != record(window)
    window.reload()
    window.wait_for_selector(f"{TOP}:not([data-unconfirmed])")
    assert record(duplicate) != record(window)
    duplicate.close()


def _window_of(database, record_id):
    with database.transaction() as session:
        return session.scalar(select(Assignment.window_id).where(Assignment.record_id == record_id))


def test_what_a_closed_window_showed_comes_to_the_next_one(database, window, open_another, records):
    before = record(window)
    left = _window_of(database, before)
    other = open_another()
    window.goto("/")
    # Nobody waits for the reply to what a page says when it is left.
    wait_until(lambda: _window_of(database, before) != left, "the record to be let go")
    for _ in range(len(records)):
        if record(other) == before:
            break
        press_and_go(other, "3")
    assert record(other) == before


def test_what_a_crashed_window_showed_comes_back(window, open_another):
    crashed = open_another()
    before = record(crashed)
    with crashed.expect_event("crash"), suppress(Error):
        crashed.goto("chrome://crash")
    crashed.close()
    assert record(open_another()) == before


def test_the_second_of_two_answers_is_not_stored_and_the_page_shows_which_is(window, open_another, stored):
    press_and_go(window, "3")
    assert stored() == [("submitted", "both_good")]
    press_and_go(window, "Backspace")
    second = open_another(f"/datasets/cats/annotate?record={record(window)}")
    press_and_go(window, "4")
    expect(window.get_by_role("button", name="All saved")).to_be_visible()
    press_and_go(second, "5")

    refused = second.get_by_role("button", name="1 rejected")
    expect(refused).to_be_visible()
    refused.click()
    expect(second.get_by_role("dialog")).to_contain_text("The stored answer is “Both images are bad”.")
    second.get_by_role("button", name="Discard rejected answers").click()
    second.keyboard.press("Escape")
    press_and_go(second, "Backspace")
    expect(top(second).locator("[data-choice][aria-checked=true]")).to_contain_text("Both images are bad")
    assert stored() == [("submitted", "both_bad")]


def test_a_window_sends_what_another_one_could_not_before_it_was_closed(window, stored):
    other = window.context.new_page()
    other.route("**/responses/bulk", lambda route: route.abort())
    open_annotation(other)
    press_and_go(other, "3")
    expect(other.locator("[data-saving-text]")).to_have_text("1 waiting")
    other.close()
    expect(window.locator("[data-saving-text]")).to_have_text("All saved")
    assert stored() == [("submitted", "both_good")]
