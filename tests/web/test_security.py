import pytest
from sqlalchemy import func, select

from diptych.core.security import CONTENT_SECURITY_POLICY
from diptych.models import Base, LoginSession, Role
from tests.web.conftest import PASSWORD


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nowhere", "/healthz", "/readyz", "/api/v1/me", "/api/v1/no"]
)
def test_every_answer_carries_the_security_headers(anonymous, path):
    headers = anonymous.get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Request-Id"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(log_in, headers):
    client = log_in()
    refused = client.post("/account/api-key", headers=headers)
    assert refused.status_code == 403
    assert "nothing was changed" in refused.text


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}])
def test_a_form_of_our_own_is_taken(log_in, headers):
    assert log_in().post("/account/api-key", headers=headers).status_code == 303


def test_the_session_cookie_is_not_for_scripts_or_other_sites(log_in, anonymous):
    log_in()
    answer = anonymous.post("/login", data={"username": "ada", "password": PASSWORD})
    cookie = answer.headers.get_list("Set-Cookie")[0]
    assert cookie.startswith("diptych_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_over_https_the_cookie_is_bound_to_the_host(log_in, anonymous):
    log_in()
    anonymous.base_url = "https://testserver"
    answer = anonymous.post("/login", data={"username": "ada", "password": PASSWORD})
    cookie = answer.headers.get_list("Set-Cookie")[0]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie


def test_logging_in_makes_a_new_session_and_forgets_the_old_one(log_in, database):
    client = log_in()
    before = client.cookies["diptych_session"]
    client.post("/login", data={"username": "ada", "password": PASSWORD})
    assert client.cookies["diptych_session"] != before
    stale = client.get("/", headers={"Cookie": f"diptych_session={before}"})
    assert stale.headers["Location"].startswith("/login")


def test_logging_out_ends_the_session_on_the_server(log_in, database):
    client = log_in()
    token = client.cookies["diptych_session"]
    client.post("/logout")
    client.cookies.set("diptych_session", token)
    assert client.get("/").headers["Location"].startswith("/login")
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 0


@pytest.mark.parametrize("token", ["", "x", "Ä", "a" * 5000, "../../etc/passwd"])
def test_a_made_up_cookie_is_no_login_and_no_error(anonymous, token):
    answer = anonymous.get("/", headers={"Cookie": f"diptych_session={token}".encode()})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [("/account", "/account"), ("//evil.test", "/"), ("https://evil.test", "/"), ("/\\evil.test", "/")],
)
def test_login_leads_on_to_local_pages_only(log_in, anonymous, target, leads_to):
    log_in()
    form = {"username": "ada", "password": PASSWORD, "next": target}
    assert anonymous.post("/login", data=form).headers["Location"] == leads_to


def test_a_wrong_password_says_so_and_keeps_the_name(anonymous):
    answer = anonymous.post("/login", data={"username": "ada", "password": "wrong horse"})
    assert answer.status_code == 401
    assert "The name or password is wrong." in answer.text
    assert 'value="ada"' in answer.text


def test_an_unexpected_error_tells_the_id_and_nothing_else(app, anonymous, monkeypatch):
    monkeypatch.setattr("diptych.core.db.Database.probe", lambda _self: 1 / 0)
    answer = anonymous.get("/readyz")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_no_page_is_changed_by_looking_at_it(log_in, database):
    client = log_in(role=Role.OWNER)

    def counts():
        with database.transaction() as session:
            tables = Base.metadata.sorted_tables
            return {one.name: session.scalar(select(func.count()).select_from(one)) for one in tables}

    before = counts()
    for path in ["/", "/login", "/account", "/nowhere", "/invitations/x", "/media/x.png"]:
        client.get(path)
    assert counts() == before


def test_a_missing_and_a_wrong_key_get_the_same_answer(anonymous):
    missing = anonymous.get("/api/v1/me")
    wrong = anonymous.get("/api/v1/me", headers={"X-Argilla-Api-Key": "wrong"})
    assert missing.status_code == wrong.status_code == 401
    assert missing.json() == wrong.json()
    assert set(missing.json()["detail"]) == {"code", "message", "params"}


def test_a_key_in_the_address_is_not_accepted(anonymous):
    assert anonymous.get("/api/v1/me?api_key=x&X-Argilla-Api-Key=x").status_code == 401
