"""Who is there."""

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.errors import NotFoundError
from diptych.core.passwords import hash_token
from diptych.models import LoginSession, Role, User, Workspace, WorkspaceUser


def has_owner(session: Session) -> bool:
    """Say whether anybody is an owner."""
    return bool(session.scalar(select(exists().where(User.role == Role.OWNER))))


def find_user(session: Session, username: str) -> User | None:
    """Return the person of that name, disabled or not."""
    return session.scalar(select(User).where(User.username == username))


def get_user(session: Session, username: str) -> User:
    """Return the person of that name, or raise ``NotFoundError``."""
    user = find_user(session, username)
    if user is None:
        raise NotFoundError(f"There is nobody named {username!r}.", username=username)
    return user


def list_users(session: Session) -> Sequence[User]:
    """Return everybody, the first to come first."""
    return session.scalars(select(User).order_by(User.inserted_at, User.id)).all()


def find_by_session(session: Session, token: str | None) -> User | None:
    """Return the person whose browser holds this session token, if both are still good."""
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


def find_by_api_key(session: Session, api_key: str) -> User | None:
    """Return the person whose API key this is, unless disabled."""
    return session.scalar(
        select(User).where(User.api_key_hash == hash_token(api_key), User.disabled_at.is_(None))
    )


def get_workspace(session: Session, name: str) -> Workspace:
    """Return the workspace of that name, or raise ``NotFoundError``."""
    workspace = session.scalar(select(Workspace).where(Workspace.name == name))
    if workspace is None:
        raise NotFoundError(f"There is no workspace named {name!r}.", workspace=name)
    return workspace


def is_member(session: Session, user: User, workspace_id: uuid.UUID) -> bool:
    """Say whether a person may see what is in a workspace: owners see all of them."""
    if user.role == Role.OWNER:
        return True
    membership = exists().where(WorkspaceUser.workspace_id == workspace_id, WorkspaceUser.user_id == user.id)
    return bool(session.scalar(select(membership)))
