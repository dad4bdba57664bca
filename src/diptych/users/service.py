"""Adding, changing and disabling users."""

import uuid
from collections.abc import Iterable

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.db import new_id
from diptych.core.errors import ConflictError, InvalidError
from diptych.core.passwords import hash_password, hash_token, new_token, verify_password
from diptych.models import Invitation, Role, User, Workspace, WorkspaceUser
from diptych.users import queries
from diptych.users.browsers import forget_browsers
from diptych.users.names import check_text, check_username
from diptych.users.sessions import end_sessions

DEFAULT_WORKSPACE = "default"
PASSWORD_LENGTH = (8, 100)
_SHOWN_OF_A_KEY = 6


def ensure_default_workspace(session: Session) -> None:
    """Create the workspace ``default`` if it does not exist."""
    session.execute(
        insert(Workspace).values(name=DEFAULT_WORKSPACE).on_conflict_do_nothing(index_elements=["name"])
    )


def create_user(
    session: Session,
    *,
    username: str,
    role: Role,
    password: str | None = None,
    first_name: str | None = None,
    last_name: str | None = None,
    id: uuid.UUID | None = None,  # noqa: A002 - as the column is named
    workspace: str | None = DEFAULT_WORKSPACE,
) -> User:
    """Add a user, to a workspace unless it is None; without a password they need an invitation to log in.

    A closed account with that id, or with that name if no id is given, is reopened with its answers, but
    without its old password and API key. Raises ``ConflictError`` if the name or the id is taken,
    ``InvalidError`` for invalid values.
    """
    check_username(username)
    _check_names(first_name, last_name)
    password_hash = _hash(password)
    user = _find_closed(session, username, id) or User(id=id or new_id())
    try:
        with session.begin_nested():
            session.add(user)
            user.username, user.role, user.password_hash = username, role, password_hash
            user.first_name = username if first_name is None else first_name
            user.last_name = last_name
            user.disabled_at = user.api_key_hash = user.api_key_prefix = None
            user.updated_at = clock.now()
    except IntegrityError as error:
        raise _name_taken(username) from error
    if workspace is not None:
        home = queries.get_workspace(session, workspace)
        membership = insert(WorkspaceUser).values(workspace_id=home.id, user_id=user.id)
        session.execute(membership.on_conflict_do_nothing())
    return user


def update_user(
    session: Session,
    user: User,
    *,
    username: str | None,
    first_name: str | None,
    last_name: str | None,
    role: Role | None,
    password: str | None,
) -> None:
    """Change a user; None leaves a value unchanged, except for the last name.

    A new role or password logs the user out everywhere. Raises ``InvalidError`` if the new name is taken or a
    value is invalid, ``ConflictError`` if there would be no owner left.
    """
    _check_names(first_name, last_name)
    before = _profile(user)
    if username is not None and username != user.username:
        _rename(session, user, username)
    user.first_name = user.first_name if first_name is None else first_name
    user.last_name = last_name
    if role is not None and role != user.role:
        _change_role(session, user, role)
    if password is not None and not verify_password(user.password_hash, password):
        set_password(session, user, password)
    if _profile(user) != before:
        user.updated_at = clock.now()
    session.flush()


def ensure_people(session: Session, ids: Iterable[uuid.UUID]) -> int:
    """Add a disabled user for each unknown id, so that imported answers have an author.

    Returns the number of added users.
    """
    wanted = set(ids)
    known = set(session.scalars(select(User.id).where(User.id.in_(wanted))))
    unknown = sorted(wanted - known)
    if unknown:
        rows = [
            {"id": id_, "username": f"imported-{id_}", "role": Role.ANNOTATOR, "disabled_at": clock.now()}
            for id_ in unknown
        ]
        session.execute(insert(User).values(rows).on_conflict_do_nothing())
    return len(unknown)


def check_password(password: str) -> None:
    """Raise ``InvalidError`` if this is not a valid password."""
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        raise InvalidError(f"A password needs {shortest} to {longest} characters.", field="password")
    check_text(password, field="password")


def set_password(session: Session, user: User, password: str) -> None:
    """Set a password; the user is logged out everywhere, and open links to set a password stop working.

    Their API key keeps working, because programs do not use the password.
    """
    user.password_hash = _hash(password)
    user.updated_at = clock.now()
    _log_out(session, user)
    session.flush()


def rotate_api_key(session: Session, user: User) -> str:
    """Give a user a new API key and return it; only its hash is stored, so it cannot be shown again."""
    key = new_token()
    user.api_key_hash = hash_token(key)
    user.api_key_prefix = key[:_SHOWN_OF_A_KEY]
    user.updated_at = clock.now()
    session.flush()
    return key


def revoke_api_key(session: Session, user: User) -> None:
    """Revoke a user's API key, if they have one."""
    user.api_key_hash = user.api_key_prefix = None
    user.updated_at = clock.now()
    session.flush()


def disable_user(session: Session, user: User) -> None:
    """Close a user's account immediately: without keys, links and workspaces, but with their answers.

    Raises ``ConflictError`` for the only owner.
    """
    _keep_an_owner(session, user)
    user.disabled_at = clock.now()
    user.updated_at = clock.now()
    user.api_key_hash = user.api_key_prefix = None
    _log_out(session, user)
    session.execute(delete(WorkspaceUser).where(WorkspaceUser.user_id == user.id))
    session.flush()


def _find_closed(session: Session, username: str, wanted: uuid.UUID | None) -> User | None:
    holders = or_(User.username == username, User.id == wanted)
    found = session.scalars(select(User).where(holders).with_for_update()).all()
    if not found:
        return None
    if any(user.id == wanted and user.disabled_at is None for user in found):
        raise ConflictError("A user with this id already exists.", id=str(wanted))
    if any(user.disabled_at is None for user in found):
        raise _name_taken(username)
    if wanted not in {None, found[0].id} or len(found) > 1:
        raise ConflictError(
            f"{username!r} is the name of a closed account; leave out the id to reopen it.",
            username=username,
        )
    return found[0]


def _check_names(first_name: str | None, last_name: str | None) -> None:
    check_text(first_name or "", field="first_name")
    check_text(last_name or "", field="last_name")


def _profile(user: User) -> tuple[object, ...]:
    return user.username, user.first_name, user.last_name, user.role


def _name_taken(username: str) -> ConflictError:
    return ConflictError(f"A user named {username!r} already exists.", username=username)


def _rename(session: Session, user: User, username: str) -> None:
    check_username(username)
    try:
        with session.begin_nested():
            user.username = username
    except IntegrityError as error:
        raise InvalidError(f"A user named {username!r} already exists.", field="username") from error


def _change_role(session: Session, user: User, role: Role) -> None:
    _keep_an_owner(session, user)
    user.role = role
    end_sessions(session, user)


def _keep_an_owner(session: Session, user: User) -> None:
    """Raise ``ConflictError`` if a user is the only owner; concurrent changes wait for each other."""
    if user.role != Role.OWNER:
        return
    owners = select(User.id).where(User.role == Role.OWNER, User.disabled_at.is_(None))
    if not set(session.scalars(owners.order_by(User.id).with_for_update())) - {user.id}:
        raise ConflictError(f"{user.username!r} is the only owner; make another user an owner first.")


def _log_out(session: Session, user: User) -> None:
    """End all sessions, forget all browsers, and delete open links to set a password."""
    end_sessions(session, user)
    forget_browsers(session, user)
    session.execute(delete(Invitation).where(Invitation.user_id == user.id, Invitation.accepted_at.is_(None)))


def _hash(password: str | None) -> str | None:
    if password is None:
        return None
    check_password(password)
    return hash_password(password)
