"""What callers may not say of themselves, and what they send that is no text: refused in a sentence."""

import asyncio
import json
from urllib.parse import unquote_to_bytes

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import text

from diptych.api.body import DirectRoute
from diptych.app import create_app
from diptych.core.db import Database, is_closed, raw
from diptych.core.edge import CheckedRoute
from diptych.core.log import hide_path
from diptych.core.passwords import new_token
from diptych.core.security import CONTENT_SECURITY_POLICY
from tests.security.asgi import Sent, ask

MULTIPART = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n%s\r\n--x--\r\n'


@pytest.fixture
def send(app):
    """Send bytes as they are and return the answer."""

    def send(method, target, headers=(), body=b"", client="testclient"):
        return asyncio.run(ask(app, Sent(method, target, list(headers), body, client)))

    return send


# Links


LINKS = (
    *(
        "/invitations/{}",
        "//invitations/{}",
        "/invitations//{}",
        "/invitations/{}/",
        "/invitations/{}.",
    ),
    *(
        "/INVITATIONS/{}",
        "/%69nvitations/{}",
        "/%2569nvitations/{}",
        "/invitations%2f{}",
        "/invitations%252F{}",
    ),
    *(
        "/invitation/{}",
        "/invitations{}",
        "/x/../invitations/{}",
        "/api/v1/invitations/{}",
        "/invitations/%00{}",
    ),
    *(
        "/invitations/%ff{}",
        "/invitations/a/{}",
        "/tools/diptych/invitations/{}",
        "/http://host/invitations/{}",
    ),
)
ELSEWHERE = (
    "/{}",
    "/api/v1/datasets/{}",
    "/media/{}",
    "/login?next=/invitations/{}",
    "/api/v1/me?api_key={}",
)


def test_the_token_of_a_link_is_in_no_line_of_the_log(send, capsys):
    whole, cut = new_token(), new_token()[:20]
    capsys.readouterr()
    sent = [form.format(whole) for form in LINKS + ELSEWHERE] + [form.format(cut) for form in LINKS]
    for target in sent:
        for method in ("GET", "POST", "TRACE"):
            referer = (b"referer", f"http://testserver/invitations/{whole}".encode())
            assert send(method, target.encode(), [referer]).status < 500
    told = capsys.readouterr().err
    assert told.count("request_id=") >= len(sent) * 3
    assert whole not in told
    assert cut not in told


def test_a_path_that_holds_a_secret_is_logged_as_its_route(app):
    paths = [context.path for context in iter_route_contexts(app.routes)]
    secret = [path for path in paths if "{token" in path or "{key" in path]
    assert secret == ["/invitations/{token}"] * 2
    for path in secret:
        assert hide_path(path.replace("{token}", "x")) == path


@pytest.mark.parametrize(
    "path", ["/", "/datasets/cats/annotate", "/media/" + "0a" * 32 + ".png", "/api/v1/me"]
)
def test_other_paths_are_logged_as_they_are(path):
    assert hide_path(path) == path


def test_the_page_of_a_link_tells_its_address_to_nobody(named, app):
    with TestClient(app, follow_redirects=False) as client:
        for token in (named["token"], "made-up"):
            assert client.get(f"/invitations/{token}").headers["Referrer-Policy"] == "strict-origin"
        form = {"username": "victim", "password": "short"}
        refused = client.post(f"/invitations/{named['token']}", data=form)
        assert (refused.status_code, refused.headers["Referrer-Policy"]) == (422, "strict-origin")
        # Browsers then name the origin of a form, and nothing else of its address.
        form["password"] = "correct horse"
        taken = client.post(
            f"/invitations/{named['token']}", data=form, headers={"Origin": "http://testserver"}
        )
        assert taken.status_code == 303


# The ids of requests


@pytest.mark.parametrize(
    ("trusted", "client", "is_kept"),
    [
        ("", "10.0.0.1", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.0/8, ::1", "10.2.3.4", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("*", "10.0.0.2", True),
    ],
)
def test_the_id_of_a_request_is_believed_of_trusted_proxies_only(settings, capsys, trusted, client, is_kept):
    settings.trusted_proxies, settings.log_format = trusted, "json"
    app = create_app(settings)
    headers = [(b"x-request-id", b"trace-12345"), (b"x-forwarded-for", b"203.0.113.9")]
    capsys.readouterr()
    answer = asyncio.run(ask(app, Sent("GET", b"/healthz", headers, client=client)))
    assert (answer.headers["x-request-id"] == "trace-12345") is is_kept
    assert ("trace-12345" in capsys.readouterr().err) is is_kept
    app.state.database.dispose()


# Text, numbers and headers


@pytest.mark.parametrize("origin", [b"http://[bad", b"http://]", b"//[", b"\xff", b"null", b""])
def test_an_origin_that_is_none_is_another_site(send, origin):
    assert send("POST", b"/login", [(b"origin", origin)]).status == 403


@pytest.mark.parametrize(
    "charset", ["unicode_escape", "utf-7", "idna", "rot13", "latin-1", "utf-16", "\0", "x" * 99]
)
def test_only_utf_8_is_read(send, charset):
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json"):
        for path in (b"/login", b"/api/v1/token", b"/datasets/cats/imports", b"/api/v1/me/responses/bulk"):
            headers = [(b"content-type", f"{kind}; charset={charset}".encode())]
            answer = send("POST", path, headers, MULTIPART % b"\\ud800")
            assert (answer.status, b"UTF-8" in answer.body) == (415, True)


@pytest.mark.parametrize("charset", [b"", b"; charset=utf-8", b'; charset="UTF8"'])
def test_utf_8_is_read_whatever_it_is_called(send, charset):
    headers = [(b"content-type", b"multipart/form-data; boundary=x" + charset)]
    answer = send("POST", b"/login", headers, MULTIPART % "Zoë".encode())
    assert answer.status == 401
    assert "Zoë" in answer.body.decode()


@pytest.mark.parametrize("value", [b"%00", b"%ff", b"%c0%af", b"%ed%a0%80", b"\xff", b"a%e2%82"])
def test_a_form_that_is_no_text_is_refused(send, value):
    for path in (b"/login", b"/api/v1/token"):
        headers = [(b"content-type", b"application/x-www-form-urlencoded")]
        assert send("POST", path, headers, b"password=x&username=" + value).status == 422
        headers = [(b"content-type", b"multipart/form-data; boundary=x")]
        assert send("POST", path, headers, MULTIPART % unquote_to_bytes(value)).status == 422


def test_a_file_name_that_is_no_text_is_refused(send, named, credentials):
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\na,b\r\n--x--\r\n'
    headers = [*credentials["owner"], (b"content-type", b"multipart/form-data; boundary=x")]
    for name in (b"\xff.csv", b"\xed\xa0\x80.csv", b"a\xc0\xaf.csv"):
        answer = send("POST", b"/datasets/cats/imports", headers, part % name)
        assert (answer.status, b"not UTF-8 text" in answer.body) == (422, True)


@pytest.mark.parametrize(
    "path",
    [
        b"/media/%00.png",
        b"/media/%ff.png",
        b"/datasets/%00",
        b"/datasets/%ed%a0%80",
        b"/invitations/%00",
        b"/%00",
    ],
)
def test_an_address_that_is_no_text_leads_nowhere(send, credentials, path):
    assert send("GET", path, credentials["owner"]).status == 404


def test_a_field_or_a_value_of_a_query_that_is_no_text_is_named(send, named, credentials):
    field = f"/datasets/cats/records/{named['record_id']}/fields/%00".encode()
    assert send("GET", field, credentials["owner"]).status == 404
    answer = send("GET", b"/api/v1/me/datasets?limit=1&name=%ff", credentials["owner"])
    assert (answer.status, json.loads(answer.body)["detail"]["params"]) == (422, {"field": "name"})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1E400", "9" * 400 + ".0"])
@pytest.mark.parametrize("path", ["datasets/{dataset_id}/records/search", "me/responses/bulk"])
def test_a_number_that_is_not_finite_is_refused_with_its_place(send, named, credentials, path, number):
    bodies = {
        "datasets/{dataset_id}/records/search": '{"filters":{"type":"and","and":[{"type":"terms","scope":'
        f'{{"entity":"metadata","metadata_property":"seed"}},"values":[{number}]}}]}}}}',
        "me/responses/bulk": f'{{"items":[{{"record_id":"{named["record_id"]}","status":"draft",'
        f'"values":{{"preference":{{"value":{number}}}}}}}]}}',
    }
    headers = [*credentials["owner"], (b"content-type", b"application/json")]
    answer = send("POST", f"/api/v1/{path}".format(**named).encode(), headers, bodies[path].encode())
    assert answer.status == 422
    field = json.loads(answer.body)["detail"]["params"]["field"]
    assert field in {"body.filters.and.0.values.0", "body.items.0.values.preference.value"}


@pytest.mark.parametrize("range_", [b"bytes=9-1", b"bytes=abc", b"bytes=99999999999-"])
def test_a_part_of_a_file_that_there_is_not_is_refused_in_our_shape(send, credentials, picture, range_):
    answer = send("GET", picture.encode(), [*credentials["owner"], (b"range", range_)])
    assert answer.status in {400, 416}
    assert answer.body.startswith(b"<!DOCTYPE html>")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_every_route_that_takes_a_body_checks_it(app):
    with_body = [
        one for one in iter_route_contexts(app.routes) if set(one.methods or ()) & {"POST", "PUT", "PATCH"}
    ]
    unchecked = [one.path for one in with_body if not isinstance(one.route, CheckedRoute | DirectRoute)]
    assert len(with_body) > 30
    assert unchecked == []


# The database


@pytest.mark.parametrize(
    ("state", "status"),
    [
        *((state, 503) for state in ("08006", "25P03", "25006", "40001", "40P01", "53300", "53100", "55P03")),
        *((state, 503) for state in ("57014", "57P01", "57P03")),
        *(("22P02", 422), ("22003", 422), ("54000", 422), ("23505", 409), ("23503", 409)),
        *(("22012", 500), ("23502", 500), ("23514", 500), ("42P01", 500), ("P0001", 500), ("XX000", 500)),
    ],
)
@pytest.mark.parametrize("is_wrapped", [True, False])
def test_an_error_of_the_database_is_told_by_its_class(send, monkeypatch, capsys, state, status, is_wrapped):
    statement = (
        f"DO $$ BEGIN RAISE EXCEPTION 'no secret' USING ERRCODE = '{state}', DETAIL = 'a secret'; END $$"
    )

    def probe(database):
        with database.engine.connect() as connection:
            if is_wrapped:
                connection.execute(text(statement))
            else:
                raw(connection).execute(statement)

    monkeypatch.setattr(Database, "probe", probe)
    capsys.readouterr()
    answer = send("GET", b"/readyz")
    assert answer.status == status
    assert ("retry-after" in answer.headers) is (status == 503)
    assert b"secret" not in answer.body
    assert "a secret" not in capsys.readouterr().err


def test_a_connection_that_the_server_closed_asks_to_come_back(send, monkeypatch):
    def probe(database):
        with database.engine.begin() as connection:
            connection.execute(text("SET idle_in_transaction_session_timeout = 20"))
            while not is_closed(raw(connection)):
                pass
            connection.execute(text("SELECT 1"))

    monkeypatch.setattr(Database, "probe", probe)
    answer = send("GET", b"/readyz")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_a_statement_that_takes_too_long_asks_to_come_back(send, monkeypatch):
    def probe(database):
        with database.engine.connect() as connection, connection.begin():
            connection.execute(text("SET LOCAL statement_timeout = 20"))
            raw(connection).execute("SELECT pg_sleep(10)")

    monkeypatch.setattr(Database, "probe", probe)
    answer = send("GET", b"/readyz")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
