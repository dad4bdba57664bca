import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from diptych.core import clock
from diptych.core.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
)
from diptych.models import Invitation, LoginSession, Role, User
from diptych.users import queries, service, sessions
from diptych.users.invitations import accept_invitation, get_invitation, invite_first_owner, invite_user
from tests import factories
from tests.users.logins import log_in


def test_a_password_and_a_key_are_stored_as_hashes_only(session):
    user = factories.user(session, password="correct horse")
    key = service.rotate_api_key(session, user)
    row = session.execute(select(User.__table__).where(User.id == user.id)).one()
    stored = " ".join(str(value) for value in row)
    assert "correct horse" not in stored
    assert key not in stored
    assert queries.find_by_api_key(session, key) == user
    assert user.password_hash.startswith("$argon2id$")


def test_a_new_key_replaces_the_old_one(session):
    user = factories.user(session)
    old, new = service.rotate_api_key(session, user), service.rotate_api_key(session, user)
    assert queries.find_by_api_key(session, old) is None
    assert queries.find_by_api_key(session, new) == user


def test_a_name_is_given_once(session):
    factories.user(session, "ada")
    with pytest.raises(ConflictError, match="A user named 'ada' already exists"):
        factories.user(session, "ada")


@pytest.mark.parametrize("name", ["", " ada", "ada\n", "a\u202eda", "x" * 101])
def test_a_name_is_printable(session, name):
    with pytest.raises(InvalidError, match="visible characters"):
        service.create_user(session, username=name, role=Role.ANNOTATOR)


@pytest.mark.parametrize("password", ["short", "x" * 101])
def test_a_password_has_a_sensible_length(session, password):
    with pytest.raises(InvalidError, match="8 to 100"):
        factories.user(session, password=password)


def test_a_disabled_person_is_out_at_once(session):
    user = factories.user(session, password="correct horse")
    key = service.rotate_api_key(session, user)
    token = sessions.start_session(session, user, days=1)
    assert queries.find_by_session(session, token) == user
    service.disable_user(session, user)
    assert queries.find_by_session(session, token) is None
    assert queries.find_by_api_key(session, key) is None


def test_the_last_owner_cannot_be_disabled(session):
    owner = factories.user(session, role=Role.OWNER)
    with pytest.raises(ConflictError, match="only owner"):
        service.disable_user(session, owner)
    factories.user(session, role=Role.OWNER)
    service.disable_user(session, owner)
    assert owner.disabled_at is not None


def test_a_new_password_ends_every_session(session):
    user = factories.user(session)
    token = sessions.start_session(session, user, days=1)
    service.set_password(session, user, "another horse")
    assert queries.find_by_session(session, token) is None


def test_a_session_that_has_expired_is_no_login(session):
    user = factories.user(session)
    token = sessions.start_session(session, user, days=1)
    session.execute(update(LoginSession).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert queries.find_by_session(session, token) is None


def test_only_the_latest_link_makes_the_first_owner_and_only_once(session):
    stale = invite_first_owner(session, hours=1)
    token = invite_first_owner(session, hours=1)
    with pytest.raises(NotFoundError, match="expired or was already used"):
        get_invitation(session, stale)
    owner = accept_invitation(session, token, username="ada", password="correct horse")
    assert owner.role == Role.OWNER
    with pytest.raises(NotFoundError, match="already used"):
        accept_invitation(session, token, username="eve", password="correct horse")
    assert invite_first_owner(session, hours=1) is None


def test_an_invited_person_keeps_the_role_that_was_given(session):
    factories.user(session, role=Role.OWNER)
    user = factories.user(session, "ben")
    token = invite_user(session, user, hours=1)
    accepted = accept_invitation(session, token, username="somebody else", password="correct horse")
    assert (accepted.id, accepted.username, accepted.role) == (user.id, "ben", Role.ANNOTATOR)


def test_an_invitation_ends(session):
    user = factories.user(session)
    token = invite_user(session, user, hours=1)
    session.execute(update(Invitation).values(expires_at=clock.now() - timedelta(seconds=1)))
    with pytest.raises(NotFoundError, match="expired"):
        get_invitation(session, token)


def test_unknown_people_come_in_disabled_with_the_id_they_have(session):
    known = factories.user(session)
    unknown = uuid.UUID("50b9a890-173b-4999-bffa-fc0524ba6c63")
    assert service.ensure_people(session, [known.id, unknown]) == 1
    assert service.ensure_people(session, [known.id, unknown]) == 0
    person = session.get_one(User, unknown)
    assert person.disabled_at is not None
    assert person.role == Role.ANNOTATOR


def test_login_tells_nobody_whether_a_name_exists(database):
    with database.transaction() as session:
        factories.user(session, "ada", password="correct horse")
        factories.user(session, "ben")
    messages = set()
    for name in ("ada", "nobody", "ben"):
        with pytest.raises(UnauthorizedError) as error:
            log_in(database, "wrong horse", name)
        messages.add(error.value.message)
    assert len(messages) == 1
    assert log_in(database, "correct horse").username == "ada"


def test_a_revoked_key_is_worthless_at_once(session):
    user = factories.user(session)
    key = service.rotate_api_key(session, user)
    service.revoke_api_key(session, user)
    assert queries.find_by_api_key(session, key) is None
    assert user.api_key_prefix is None
