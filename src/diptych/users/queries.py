"""Reading users and workspaces."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.errors import NotFoundError
from diptych.core.passwords import hash_token
from diptych.models import LoginSession, Role, User, Workspace, WorkspaceUser
from diptych.users.names import is_username


def has_owner(session: Session) -> bool:
    """Return whether there is an owner."""
    return bool(session.scalar(select(exists().where(User.role == Role.OWNER))))


def find_user(session: Session, username: str) -> User | None:
    """Return the user of that name, disabled or not."""
    if not is_username(username):
        return None
    return session.scalar(select(User).where(User.username == username))


def get_user(session: Session, username: str) -> User:
    """Return the user of that name, or raise ``NotFoundError``."""
    user = find_user(session, username)
    if user is None:
        raise NotFoundError(f"No user named {username!r}.", username=username)
    return user


def list_users(session: Session) -> Sequence[User]:
    """Return all users, oldest first."""
    return session.scalars(select(User).order_by(User.inserted_at, User.id)).all()


def list_visible_users(session: Session, caller: User) -> Sequence[User]:
    """Return the users whom the caller may see, oldest first, without closed accounts.

    Owners see all users, others themselves and those who share a workspace with them.
    """
    return session.scalars(_visible_to(caller).order_by(User.inserted_at, User.id)).all()


def get_visible_user(session: Session, caller: User, user_id: uuid.UUID) -> User:
    """Return the user with this id if the caller may see them, or raise ``NotFoundError``."""
    user = session.scalar(_visible_to(caller).where(User.id == user_id))
    if user is None:
        raise NotFoundError("No user with this id.", user_id=str(user_id))
    return user


def find_by_session(session: Session, token: str | None) -> User | None:
    """Return the user of a valid session token, unless disabled."""
    if not token:
        return None
    return session.scalar(
        select(User)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            LoginSession.token_hash == hash_token(token),
            LoginSession.expires_at > clock.now(),
            User.disabled_at.is_(None),
        )
    )


def count_other_sessions(session: Session, user: User, token: str) -> int:
    """Return the number of a user's sessions besides the one with this token."""
    others = select(func.count()).where(
        LoginSession.user_id == user.id,
        LoginSession.token_hash != hash_token(token),
        LoginSession.expires_at > clock.now(),
    )
    return session.scalar(others) or 0


def find_by_api_key(session: Session, api_key: str) -> User | None:
    """Return the user with this API key, unless disabled."""
    return session.scalar(
        select(User).where(User.api_key_hash == hash_token(api_key), User.disabled_at.is_(None))
    )


def get_workspace(session: Session, name: str) -> Workspace:
    """Return the workspace of that name, or raise ``NotFoundError``."""
    workspace = session.scalar(select(Workspace).where(Workspace.name == name))
    if workspace is None:
        raise NotFoundError(f"There is no workspace named {name!r}.", workspace=name)
    return workspace


def list_workspaces(session: Session, user: User, *, caller: User | None = None) -> Sequence[Workspace]:
    """Return a user's workspaces, oldest first; with a ``caller``, only those that the caller may see."""
    statement = select(Workspace).where(_is_open_to(user), _is_open_to(caller or user))
    return session.scalars(statement.order_by(Workspace.inserted_at, Workspace.id)).all()


def get_visible_workspace(session: Session, caller: User, workspace_id: uuid.UUID) -> Workspace:
    """Return the workspace with this id if the caller may see it, or raise ``NotFoundError``."""
    statement = select(Workspace).where(Workspace.id == workspace_id, _is_open_to(caller))
    workspace = session.scalar(statement)
    if workspace is None:
        raise NotFoundError("There is no workspace with this id.", workspace_id=str(workspace_id))
    return workspace


def list_members(session: Session, workspace: Workspace) -> Sequence[User]:
    """Return the members of a workspace, oldest first."""
    statement = (
        select(User)
        .join(WorkspaceUser, WorkspaceUser.user_id == User.id)
        .where(WorkspaceUser.workspace_id == workspace.id, User.disabled_at.is_(None))
    )
    return session.scalars(statement.order_by(User.inserted_at, User.id)).all()


def _is_open_to(user: User) -> ColumnElement[bool]:
    return true() if user.role == Role.OWNER else Workspace.id.in_(_workspace_ids(user))


def _visible_to(caller: User) -> Select[User]:
    active = select(User).where(User.disabled_at.is_(None))
    if caller.role == Role.OWNER:
        return active
    theirs = WorkspaceUser.workspace_id.in_(_workspace_ids(caller))
    return active.where(or_(User.id == caller.id, User.id.in_(select(WorkspaceUser.user_id).where(theirs))))


def _workspace_ids(user: User) -> Select[uuid.UUID]:
    return select(WorkspaceUser.workspace_id).where(WorkspaceUser.user_id == user.id)
