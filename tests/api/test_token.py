import pytest
from sqlalchemy import select, update

from diptych.core import clock
from diptych.core.passwords import hash_token
from diptych.models import LoginSession, Role

PASSWORD = "correct horse"


@pytest.fixture
def ada(connect):
    connect("ben", Role.ANNOTATOR, password="a noisy horse")
    return connect("ada", Role.ANNOTATOR, password=PASSWORD)


def bearer(client, token):
    return client.get("me", headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_worth_what_a_session_is(ada, anonymous, database):
    answer = anonymous.post("token", data={"username": "ada", "password": PASSWORD})
    assert answer.status_code == 201
    token = answer.json()["access_token"]
    assert answer.json() == {"access_token": token, "token_type": "bearer"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert bearer(anonymous, token).json()["username"] == "ada"
    with database.transaction() as session:
        assert session.scalars(select(LoginSession.token_hash)).all() == [hash_token(token)]


def test_a_token_ends_with_its_session(ada, anonymous, database):
    token = anonymous.post("token", data={"username": "ada", "password": PASSWORD}).json()["access_token"]
    with database.transaction() as session:
        session.execute(update(LoginSession).values(expires_at=clock.now()))
    assert bearer(anonymous, token).status_code == 401


def test_a_wrong_token_is_refused_whatever_the_browser_holds(ada, anonymous):
    anonymous.post("http://testserver/login", data={"username": "ada", "password": PASSWORD})
    assert anonymous.get("me").status_code == 200
    wrong = bearer(anonymous, "made-up")
    assert wrong.status_code == 401
    assert wrong.json()["detail"]["message"] == "Could not validate credentials."


@pytest.mark.parametrize("username", ["ada", "nobody", "a\nda", "\u202e", "x" * 10_000, "%ED%A0%80"])
def test_a_wrong_name_and_a_wrong_password_look_alike(ada, anonymous, username):
    answer = anonymous.post("token", data={"username": username, "password": "wrong horse"})
    assert answer.status_code == 401
    assert answer.json()["detail"] == {
        "code": "unauthorized",
        "message": "The name or password is wrong.",
        "params": {},
    }


@pytest.mark.parametrize("form", [{}, {"username": "ada"}, {"password": PASSWORD}])
def test_name_and_password_are_both_needed(ada, anonymous, form):
    assert anonymous.post("token", data=form).status_code == 422


def test_a_key_is_no_token_and_a_token_no_key(ada, anonymous):
    token = anonymous.post("token", data={"username": "ada", "password": PASSWORD}).json()["access_token"]
    assert anonymous.get("me", headers={"X-Argilla-Api-Key": token}).status_code == 401
    assert bearer(anonymous, ada.headers["X-Argilla-Api-Key"]).status_code == 401


def test_both_ways_in_are_declared(app):
    schemes = app.openapi()["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"apiKey", "http"}
