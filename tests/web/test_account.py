"""A person's own page: the API key is shown once, a new password ends what the old one opened."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from diptych.models import Invitation, LoginSession
from diptych.users.invitations import invite_user
from diptych.users.queries import get_user
from tests.users.logins import pass_time
from tests.web.conftest import PASSWORD

NEW = "another horse"


@pytest.fixture
def browser(app, log_in):
    """Return one more browser of ada, logged in."""

    def browser(password=PASSWORD):
        client = TestClient(app, follow_redirects=False)
        client.post("/login", data={"username": "ada", "password": password})
        return client

    return browser


@pytest.fixture
def api_key_works(anonymous):
    def api_key_works(key):
        return anonymous.get("/api/v1/me", headers={"X-Argilla-Api-Key": key}).status_code == 200

    return api_key_works


def shown_key(page):
    found = re.search(r'id="new-key"\s+value="([^"]+)"', page.text)
    return found and found[1]


def create_key(client):
    assert client.post("/account/api-key").headers["Location"] == "/account"
    return shown_key(client.get("/account"))


def change_password(client, current=PASSWORD, new=NEW, **values):
    return client.post("/account/password", data={"current": current, "new": new, **values})


def is_logged_in(client):
    return client.get("/account").status_code == 200


def test_a_new_api_key_is_shown_once_and_reloading_makes_no_other(log_in, api_key_works):
    client = log_in()
    key = create_key(client)
    assert api_key_works(key)
    again = client.get("/account")
    assert shown_key(again) is None
    assert key not in again.text
    assert key[:6] in again.text
    assert api_key_works(key)


def test_a_new_api_key_is_in_no_address_cookie_log_or_row(database, log_in, capsys):
    client = log_in()
    capsys.readouterr()
    answer = client.post("/account/api-key")
    page = client.get("/account")
    key = shown_key(page)
    assert answer.status_code == 303
    assert key not in str(answer.headers)
    assert key not in str(page.headers)
    assert key not in capsys.readouterr().err
    assert answer.headers.get_list("Set-Cookie")[0].startswith("diptych_new_key=")
    assert {"HttpOnly", "Max-Age=60", "SameSite=lax"} <= set(answer.headers["Set-Cookie"].split("; "))
    with database.transaction() as session:
        (sealed,) = session.scalars(select(LoginSession.sealed_api_key)).all()
    assert key.encode() not in sealed
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("pad", ["", "x", "00", "ff" * 43, "f" * 5000])
def test_a_made_up_part_of_a_key_shows_nothing(log_in, pad):
    client = log_in()
    client.post("/account/api-key")
    session = client.cookies["diptych_session"]
    cookies = f"diptych_session={session}; diptych_new_key={pad}"
    page = TestClient(client.app).get("/account", headers={"Cookie": cookies})
    assert page.status_code == 200
    assert "You have a key that begins with" in page.text
    assert shown_key(page) is None


def test_the_part_of_a_key_that_a_browser_has_is_of_no_use_to_another_session(log_in, browser):
    client = log_in()
    client.post("/account/api-key")
    other = browser()
    other.cookies.set("diptych_new_key", client.cookies["diptych_new_key"])
    assert shown_key(other.get("/account")) is None


def test_a_key_is_revoked_at_once(log_in, api_key_works):
    client = log_in()
    key = create_key(client)
    answer = client.post("/account/api-key/revoke")
    assert answer.status_code == 303
    assert not api_key_works(key)
    page = client.get(answer.headers["Location"])
    assert "Your API key was revoked." in page.text
    assert "Revoke API key" not in page.text


def test_a_new_password_ends_every_other_session_and_open_links(database, log_in, browser, api_key_works):
    client = log_in()
    other, key = browser(), create_key(client)
    with database.transaction() as session:
        invite_user(session, get_user(session, "ada"), hours=1)
    before = client.cookies["diptych_session"]
    answer = change_password(client)
    assert answer.status_code == 303
    assert client.cookies["diptych_session"] != before
    page = client.get(answer.headers["Location"])
    assert "Your password was changed, and you were logged out everywhere else." in page.text
    assert "Your API key still works" in page.text
    assert api_key_works(key)
    assert not is_logged_in(other)
    stale = client.get("/account", headers={"Cookie": f"diptych_session={before}"})
    assert stale.headers["Location"].startswith("/login")
    with database.transaction() as session:
        assert session.scalars(select(Invitation)).all() == []
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 1
    assert not is_logged_in(browser())
    assert is_logged_in(browser(NEW))


def test_a_new_password_revokes_the_key_if_asked_to(log_in, api_key_works):
    client = log_in()
    key = create_key(client)
    assert "Also revoke my API key" in client.get("/account").text
    assert change_password(client, revoke_key="true").status_code == 303
    assert not api_key_works(key)


@pytest.mark.parametrize(
    ("values", "status", "message"),
    [
        ({"current": "wrong horse"}, 401, "The current password is wrong."),
        ({"current": ""}, 401, "The current password is wrong."),
        ({"new": "short"}, 422, "A password needs 8 to 100 characters."),
        ({"new": ""}, 422, "A password needs 8 to 100 characters."),
    ],
)
def test_a_password_that_is_refused_is_told_on_the_page_and_changes_nothing(
    log_in, browser, values, status, message
):
    client, other = log_in(), browser()
    refused = change_password(client, **values)
    assert refused.status_code == status
    assert message in refused.text
    assert "Log out" in refused.text
    assert refused.headers["Cache-Control"] == "no-store"
    assert is_logged_in(client)
    assert is_logged_in(other)
    assert is_logged_in(browser())


def test_guessing_the_current_password_is_slowed_down(database, log_in, browser, no_patience):
    client = log_in()
    assert [change_password(client, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    refused = change_password(client)
    assert "Please wait 1 second" in refused.text
    assert refused.headers["Retry-After"] == "1"
    # Whoever found the browser open keeps its owner from nothing else.
    assert is_logged_in(browser())
    pass_time(database, seconds=1)
    assert change_password(client).status_code == 303


def test_guesses_at_the_login_page_do_not_keep_a_person_from_changing_their_password(
    log_in, browser, no_patience
):
    client = log_in()
    for _ in range(10):
        browser("wrong horse")
    assert change_password(client).status_code == 303


def test_a_person_logs_out_everywhere_else(log_in, browser):
    client, other = log_in(), browser()
    assert "1 other browser or program." in client.get("/account").text
    answer = client.post("/account/log-out-elsewhere")
    page = client.get(answer.headers["Location"])
    assert "You were logged out everywhere else." in page.text
    assert "Log out everywhere else" not in page.text
    assert not is_logged_in(other)


@pytest.mark.parametrize("done", ["", "x", "<b>", "api-key"])
def test_an_address_alone_announces_no_more_than_is_true(log_in, done):
    client = log_in()
    create_key(client)
    page = client.get("/account", params={"done": done})
    assert page.status_code == 200
    assert 'role="status"' not in page.text
