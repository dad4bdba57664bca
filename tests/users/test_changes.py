"""What happens to people and workspaces when two requests come at once, or a name cannot be stored."""

import threading

import pytest
from sqlalchemy import select, update

from diptych.core.errors import ConflictError, InvalidError
from diptych.models import Invitation, Role, User
from diptych.users import queries, service, workspaces
from diptych.users.invitations import invite_user
from tests import factories


def test_two_owners_cannot_leave_at_once(database):
    with database.transaction() as session:
        ada, ben = (factories.user(session, name, role=Role.OWNER) for name in ("ada", "ben"))
    outcomes = []

    def leave(user_id):
        try:
            with database.transaction() as session:
                service.disable_user(session, session.get_one(User, user_id))
        except ConflictError:
            outcomes.append("refused")

    with database.transaction() as session:
        service.disable_user(session, session.get_one(User, ada.id))
        second = threading.Thread(target=leave, args=[ben.id])
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join()
    assert outcomes == ["refused"]


def test_two_people_cannot_take_one_name_at_once(database):
    refused = []

    def add():
        try:
            with database.transaction() as session:
                factories.user(session, "ada")
        except ConflictError as error:
            refused.append(error.message)

    with database.transaction() as session:
        factories.user(session, "ada")
        second = threading.Thread(target=add)
        second.start()
        second.join(0.3)
        assert second.is_alive()
    second.join()
    assert refused == ["A user named 'ada' already exists."]


def test_an_invitation_survives_a_new_role_but_not_the_end_of_the_account(session):
    ada, ben = factories.user(session), factories.user(session)
    for user in (ada, ben):
        invite_user(session, user, hours=1)
    service.update_user(
        session, ada, username=None, first_name=None, last_name=None, role=Role.ADMIN, password=None
    )
    assert set(session.scalars(select(Invitation.user_id))) == {ada.id, ben.id}
    service.disable_user(session, ada)
    assert session.scalars(select(Invitation.user_id)).all() == [ben.id]


def test_a_closed_account_that_is_opened_again_keeps_no_key(session):
    ada = factories.user(session, "ada", password="correct horse")
    key = service.rotate_api_key(session, ada)
    # As older versions left it.
    session.execute(update(User).where(User.id == ada.id).values(disabled_at=ada.inserted_at))
    session.refresh(ada)
    again = factories.user(session, "ada", role=Role.ADMIN)
    assert again.id == ada.id
    assert (again.role, again.password_hash, again.disabled_at) == (Role.ADMIN, None, None)
    assert queries.find_by_api_key(session, key) is None
    assert [workspace.name for workspace in queries.list_workspaces(session, again)] == ["default"]


@pytest.mark.parametrize("name", ["a\0", "a\ud800", "x" * 5000])
def test_a_name_that_cannot_be_stored_is_nobodys(session, name):
    assert queries.find_user(session, name) is None


def test_a_password_is_text(session):
    with pytest.raises(InvalidError, match="password"):
        factories.user(session, password="correct\ud800horse")


@pytest.mark.parametrize("name", ["", "a b", "cats\n", "x" * 201])
def test_a_workspace_has_a_name_that_is_safe_in_an_address(session, name):
    with pytest.raises(InvalidError, match="letters, digits"):
        workspaces.create_workspace(session, name=name)
