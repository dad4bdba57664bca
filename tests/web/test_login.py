"""Logging in while others guess: from known and new browsers, at two servers, through both doors."""

import asyncio

import argon2
import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from diptych.app import create_app
from diptych.core.admission import MAX_WAITING_PER_CALLER
from diptych.models import KnownBrowser, User
from diptych.users.invitations import invite_user
from tests import factories
from tests.users.logins import pass_time
from tests.web.conftest import PASSWORD

ATTACKER = "203.0.113.66"


@pytest.fixture
def at(app):
    """Return a browser at an address: ``at("10.0.0.1")``."""

    def at(address, app=app, **values):
        return TestClient(app, client=(address, 50_000), follow_redirects=False, **values)

    return at


@pytest.fixture
def ada(database):
    with database.transaction() as session:
        return factories.user(session, "ada", password=PASSWORD)


def log_in(client, password=PASSWORD, username="ada", path="/login"):
    return client.post(path, data={"username": username, "password": password})


def test_fifty_wrong_passwords_lock_nobody_out(database, at, ada, no_patience):
    home, attacker = at("192.0.2.1"), at(ATTACKER)
    assert log_in(home).status_code == 303
    home.post("/logout")
    refusals = [log_in(attacker, "wrong horse").status_code for _ in range(50)]
    assert refusals == [401] * 5 + [429] * 45
    for _ in range(4):
        pass_time(database, seconds=10)
        assert log_in(attacker, "wrong horse").status_code == 401
    # The browser in which they logged in before, even in the attacker's network.
    roaming = at(ATTACKER, cookies=home.cookies)
    assert log_in(home).status_code == log_in(roaming).status_code == 303
    # A new browser elsewhere.
    assert log_in(at("192.0.2.2")).status_code == 303
    # A new browser in the attacker's network, after the time that it was told.
    new = at(ATTACKER)
    refused = log_in(new)
    assert refused.status_code == 429
    wait = int(refused.headers["Retry-After"])
    assert f"Please wait {wait} second" in refused.text
    assert 'value="ada"' in refused.text
    pass_time(database, seconds=wait)
    assert log_in(new).status_code == 303


def test_two_servers_count_together_and_know_the_same_browsers(at, app, settings, ada, no_patience):
    other = create_app(settings)
    home = at("192.0.2.1")
    assert log_in(home).status_code == 303
    statuses = [
        log_in(at(ATTACKER, app=server), "wrong").status_code for server in (app, other) for _ in range(3)
    ]
    assert statuses == [401] * 5 + [429]
    assert log_in(at(ATTACKER, app=other, cookies=home.cookies)).status_code == 303
    other.state.database.dispose()


def test_a_token_is_given_by_the_same_rule(at, ada, no_patience):
    path = "/api/v1/token"
    guesses = [log_in(at(ATTACKER), "wrong", path=path).status_code for _ in range(3)]
    guesses += [log_in(at(ATTACKER), "wrong").status_code for _ in range(3)]
    assert guesses == [401] * 5 + [429]
    refused = log_in(at(ATTACKER), path=path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.json()["detail"]["message"].startswith("Too many wrong passwords.")
    assert log_in(at("192.0.2.2"), path=path).status_code == 201


@pytest.mark.parametrize("base_url", ["http://testserver", "https://testserver"])
def test_the_cookie_of_a_known_browser_is_not_for_scripts_and_stored_as_a_hash(database, at, ada, base_url):
    client = at("192.0.2.1", base_url=base_url)
    log_in(client)
    is_https = base_url.startswith("https")
    name = "__Host-diptych_browser" if is_https else "diptych_browser"
    before = client.cookies[name]
    (cookie,) = [one for one in log_in(client).headers.get_list("Set-Cookie") if one.startswith(f"{name}=")]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert ("Secure" in cookie) == is_https
    assert client.cookies[name] == before
    with database.transaction() as session:
        (row,) = session.scalars(select(KnownBrowser)).all()
    assert client.cookies[name].encode() not in row.token_hash


def test_who_chose_a_password_by_a_link_has_a_known_browser(database, at, ada, no_patience):
    with database.transaction() as session:
        token = invite_user(session, session.merge(ada), hours=1)
    client = at("192.0.2.1")
    client.post(f"/invitations/{token}", data={"password": PASSWORD})
    for _ in range(6):
        log_in(at("192.0.2.1"), "wrong")
    assert log_in(at("192.0.2.1")).status_code == 429
    assert log_in(client).status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "a" * 5000, "%00"])
def test_a_made_up_cookie_makes_no_browser_known(at, ada, no_patience, cookie):
    for _ in range(5):
        log_in(at(ATTACKER), "wrong")
    assert log_in(at(ATTACKER, cookies={"diptych_browser": cookie})).status_code == 429
    assert log_in(at("192.0.2.1", cookies={"diptych_browser": cookie})).status_code == 303


def test_an_invitations_page_is_kept_nowhere(database, at, ada):
    with database.transaction() as session:
        token = invite_user(session, session.merge(ada), hours=1)
    page = at("192.0.2.1").get(f"/invitations/{token}")
    refused = at("192.0.2.1").post(f"/invitations/{token}", data={"password": "short"})
    assert (page.status_code, refused.status_code) == (200, 422)
    assert page.headers["Cache-Control"] == refused.headers["Cache-Control"] == "no-store"


def test_a_flood_of_logins_holds_up_nobody_else(database, app, stopped_clock, long_patience):
    """Hashes as slow as twenty logins a second, and two hundred logins of one attacker at once."""
    slow = argon2.PasswordHasher(time_cost=8, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    names = [f"person-{number}" for number in range(200)]
    with database.transaction() as session:
        for name in ("ada", *names):
            factories.user(session, name)
        session.execute(update(User).values(password_hash=slow))

    def client(address):
        transport = httpx.ASGITransport(app, client=(address, 50_000))
        return httpx.AsyncClient(transport=transport, base_url="http://testserver")

    async def run():
        async with client(ATTACKER) as attacker, client("192.0.2.1") as other:
            form = {"password": "wrong horse"}
            flood = [
                asyncio.create_task(attacker.post("/login", data={"username": name, **form}))
                for name in names
            ]
            await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
            form = {"username": "ada", "password": PASSWORD}
            own = [await other.post("/login", data=form), await other.get("/account")]
            behind = [one for one in flood if not one.done()]
            return own, behind, await asyncio.gather(*flood)

    own, behind, flood = asyncio.run(run())
    assert [reply.status_code for reply in own] == [303, 200]
    statuses = [reply.status_code for reply in flood]
    # The others were more than one caller may have waiting.
    assert set(statuses) == {401, 503}
    assert statuses.count(401) > MAX_WAITING_PER_CALLER
    assert len([one for one in behind if one.result().status_code == 401]) > MAX_WAITING_PER_CALLER / 2
