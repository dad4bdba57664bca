"""The ends of the work: all done, others have the rest, nothing for this person."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from diptych.assignments.service import claim
from diptych.core import clock
from diptych.models import Assignment, ResponseStatus
from diptych.responses.service import save_response
from tests import factories
from tests.browser.annotation import (
    TOP,
    hold,
    look,
    open_annotation,
    press,
    press_and_go,
    wait_for_paint,
)
from tests.browser.conftest import images

ANSWERS = "**/responses/bulk"
CARDS = "**/cards"
LEFT = {"preference": {"value": "image_1"}}
SUBMITTED = ResponseStatus.SUBMITTED


@pytest.fixture
def pairs(database):
    """Make two records that one answer completes, and return their dataset and them."""
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats", min_submitted=1)
        return dataset, [factories.record(session, dataset, fields=images(f"cat {n}")) for n in (1, 2)]


@pytest.fixture
def dataset(pairs):
    return pairs[0]


@pytest.fixture
def ben(database, dataset):
    with database.transaction() as session:
        return factories.user(session, "ben")


def test_who_is_done_sees_what_they_did_and_the_way_on(new_page, sign_in, pairs, anna):
    page = new_page()
    page.clock.install()
    open_annotation(sign_in(page, anna))
    page.evaluate("window.isSamePage = true")
    look(page)
    page.clock.fast_forward(61_000)
    press_and_go(page, "3")
    press(page, "3")

    empty_state = page.locator("[data-empty-state]")
    expect(empty_state.get_by_role("heading", name="All done")).to_be_visible()
    feats = empty_state.locator(".feats > div")
    expect(feats.nth(0)).to_contain_text("2")
    expect(feats.nth(0)).to_contain_text("answered")
    expect(feats.nth(1)).to_contain_text("1 min")
    expect(feats.nth(1)).to_contain_text("time spent")
    expect(feats.nth(2)).to_contain_text("day in a row")
    expect(empty_state.get_by_role("link", name="All datasets")).to_be_visible()
    assert page.evaluate("window.isSamePage")
    empty_state.get_by_role("link", name="Review your answers (2)").click()
    expect(page.get_by_text("You submitted this answer")).to_be_visible()


def test_who_has_seen_all_that_others_have_not_is_told_so(database, page, sign_in, pairs, anna):
    open_annotation(sign_in(page, anna))
    press_and_go(page, "3")
    press(page, "Control+s")

    empty_state = page.locator("[data-empty-state]")
    expect(empty_state.get_by_role("heading", name="You have seen every pair")).to_be_visible()
    expect(empty_state.get_by_role("link", name="Finish your drafts (1)")).to_be_visible()


def test_the_end_is_not_shown_before_the_last_answers_are_saved(page, sign_in, pairs, anna, answers):
    open_annotation(sign_in(page, anna))
    let_go = hold(page, ANSWERS)
    press_and_go(page, "3")
    with page.expect_response(CARDS):
        press(page, "4")
    empty_state = page.locator("[data-empty-state]")
    wait_for_paint(page)
    expect(empty_state.get_by_role("heading")).to_have_text("Loading the next pair")
    let_go()

    expect(empty_state.get_by_role("heading")).to_have_text("All done")
    expect(empty_state.locator(".feats > div").first).to_contain_text("2")
    assert len(answers()) == 2


def test_who_waits_for_others_goes_on_by_themselves(database, new_page, sign_in, pairs, anna, ben):
    dataset, records = pairs
    with database.transaction() as session:
        claim(session, dataset, ben, limit=1, lease_seconds=600)
    page = new_page()
    page.clock.install()
    open_annotation(sign_in(page, anna))
    page.evaluate("window.isSamePage = true")
    press_and_go(page, "3")
    empty_state = page.locator("[data-empty-state]")
    expect(empty_state.get_by_role("heading")).to_have_text("The last pairs are taken")
    expect(empty_state.get_by_text("Checking again in")).to_be_visible()
    expect(empty_state.get_by_role("progressbar")).to_be_visible()

    with database.transaction() as session:
        session.execute(update(Assignment).values(expires_at=clock.now() - timedelta(seconds=1)))
    page.clock.fast_forward(600_000)
    expect(page.locator(f"{TOP} .prompt__text")).to_have_text("cat 1")
    assert page.evaluate("window.isSamePage")
    assert page.locator(TOP).get_attribute("data-record") == str(records[0].id)


def test_who_waits_for_others_can_look_again_at_once(database, page, sign_in, pairs, anna, ben):
    dataset, records = pairs
    with database.transaction() as session:
        claim(session, dataset, ben, limit=1, lease_seconds=600)
    open_annotation(sign_in(page, anna))
    page.evaluate("window.isSamePage = true")
    press_and_go(page, "3")
    empty_state = page.locator("[data-empty-state]")
    expect(empty_state.get_by_role("heading")).to_have_text("The last pairs are taken")
    with database.transaction() as session:
        save_response(session, dataset, records[0].id, ben, values=LEFT, status=SUBMITTED)
    empty_state.get_by_role("button", name="Check again").click()

    expect(empty_state.get_by_role("heading")).to_have_text("All done")
    assert page.evaluate("window.isSamePage")


def test_who_has_nothing_to_do_is_told_what_is_left(database, page, sign_in, pairs, anna, ben):
    dataset, records = pairs
    with database.transaction() as session:
        save_response(session, dataset, records[1].id, ben, values=LEFT, status=SUBMITTED)
    open_annotation(sign_in(page, anna))
    press(page, "Control+s")

    empty_state = page.locator("[data-empty-state]")
    expect(empty_state.get_by_role("heading")).to_have_text("Nothing for you right now")
    expect(empty_state.get_by_role("button", name="Check again")).to_be_visible()
    expect(empty_state.get_by_text("Checking again in")).to_be_hidden()
    expect(empty_state.get_by_role("link", name="Finish your drafts (1)")).to_be_visible()


def test_back_leads_from_the_end_to_the_last_answer(page, sign_in, pairs, anna, stored):
    open_annotation(sign_in(page, anna))
    press_and_go(page, "3")
    press(page, "4")
    heading = page.locator("[data-empty-state]").get_by_role("heading", name="All done")
    expect(heading).to_be_visible()
    for button in page.locator("[data-tools] [type=submit]:visible").all():
        expect(button).to_be_disabled()

    press_and_go(page, "Backspace")
    expect(page.locator(f"{TOP} .prompt__text")).to_have_text("cat 2")
    press(page, "5")
    expect(heading).to_be_visible()
    assert [value for _, value in stored()] == ["both_good", "toxic_content"]
