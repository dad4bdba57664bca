"""The account page in a browser: a new key is shown once, a new password keeps this browser logged in."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from diptych.users import authentication
from tests import factories
from tests.browser.conftest import PASSWORD, login


@pytest.fixture
def account(database, page):
    """The account page of anna, who has logged in with her password."""
    with database.transaction() as session:
        factories.user(session, "anna", password=PASSWORD)
    login(page, "anna")
    page.goto("/account")
    return page


def test_a_new_key_is_shown_once_and_reloading_makes_no_other(account):
    account.get_by_role("button", name="Create API key").click()
    key = account.get_by_label("Your new API key").input_value()
    assert len(key) >= 43
    account.reload()
    expect(account.get_by_label("Your new API key")).to_have_count(0)
    expect(account.get_by_text("You have a key that begins with")).to_contain_text(key[:6])
    account.go_back()
    account.go_forward()
    expect(account.get_by_label("Your new API key")).to_have_count(0)
    account.get_by_role("button", name="Revoke API key").click()
    expect(account.get_by_text("You have no key yet.")).to_be_visible()


def test_a_person_changes_their_password_and_stays_logged_in_here_only(account, new_page):
    elsewhere = new_page()
    login(elsewhere, "anna")
    account.get_by_label("Current password").fill(PASSWORD)
    account.get_by_label("New password").fill("another horse")
    account.get_by_role("button", name="Change password").click()
    expect(account.get_by_role("status")).to_contain_text("Your password was changed")
    account.reload()
    expect(account.get_by_role("heading", name="anna")).to_be_visible()
    elsewhere.goto("/account")
    expect(elsewhere.get_by_role("heading", name="Log in")).to_be_visible()
    login(elsewhere, "anna", "another horse")


def test_the_login_page_says_how_long_to_wait(database, page, console_errors, monkeypatch):
    monkeypatch.setattr(authentication, "MAX_WAIT", 0)
    page.goto("/login")
    for _ in range(6):
        page.get_by_label("Name").fill("anna")
        page.get_by_label("Password").fill("wrong horse")
        page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Too many wrong passwords. Please wait 1 second, then try again."
    )
    assert len(console_errors) == 6
    console_errors.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_account_page_is_accessible_in_every_state(database, new_page, sign_in, console_errors, scheme):
    with database.transaction() as session:
        anna = factories.user(session, "anna", password=PASSWORD)
    page = sign_in(sign_in(new_page(bypass_csp=True, color_scheme=scheme), anna), anna)
    page.goto("/account")
    page.get_by_role("button", name="Create API key").click()
    expect(page.get_by_label("Your new API key")).to_be_visible()
    problems = Axe().run(page).response["violations"]
    page.get_by_label("Current password").fill("wrong horse")
    page.get_by_label("New password").fill("another horse")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_have_text("The current password is wrong.")
    problems += Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in problems] == []
    console_errors.clear()
