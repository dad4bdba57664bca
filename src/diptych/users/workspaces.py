"""Workspaces and their members."""

import re
import uuid

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from diptych.core.db import new_id
from diptych.core.errors import ConflictError, InvalidError, NotFoundError
from diptych.models import Dataset, User, Workspace, WorkspaceUser

# The SDK cannot list workspaces with other names.
NAME = r"^[a-zA-Z0-9_-]+$"
MAX_NAME_LENGTH = 200


def create_workspace(session: Session, *, name: str, id: uuid.UUID | None = None) -> Workspace:  # noqa: A002 - as the column is named
    """Add a workspace without members.

    Raises ``ConflictError`` if the name or the id is taken, ``InvalidError`` if the name is invalid.
    """
    if len(name) > MAX_NAME_LENGTH or not re.fullmatch(NAME, name):
        raise InvalidError(
            f"A workspace name needs 1 to {MAX_NAME_LENGTH} letters, digits, hyphens or underscores.",
            field="name",
        )
    workspace = Workspace(id=id or new_id(), name=name)
    try:
        with session.begin_nested():
            session.add(workspace)
    except IntegrityError as error:
        raise ConflictError(
            f"A workspace named {name!r}, or with its id, already exists.", name=name
        ) from error
    return workspace


def delete_workspace(session: Session, workspace: Workspace) -> None:
    """Delete a workspace without datasets; its members stay as users.

    Raises ``ConflictError`` if it has datasets.
    """
    # Transactions that create a dataset in the workspace wait for this lock.
    session.execute(select(Workspace.id).where(Workspace.id == workspace.id).with_for_update())
    if session.scalar(select(exists().where(Dataset.workspace_id == workspace.id))):
        raise ConflictError(f"The workspace {workspace.name!r} has datasets; delete them first.")
    session.execute(delete(WorkspaceUser).where(WorkspaceUser.workspace_id == workspace.id))
    session.execute(delete(Workspace).where(Workspace.id == workspace.id))


def add_member(session: Session, workspace: Workspace, user_id: uuid.UUID) -> User:
    """Add a user to a workspace and return the user.

    Raises ``InvalidError`` if there is no such user, ``ConflictError`` if they are already a member.
    """
    user = session.get(User, user_id, with_for_update={"read": True})
    if user is None or user.disabled_at is not None:
        raise InvalidError("No user with this id.", field="user_id")
    try:
        with session.begin_nested():
            session.execute(insert(WorkspaceUser).values(workspace_id=workspace.id, user_id=user_id))
    except IntegrityError as error:
        raise ConflictError(f"{user.username!r} is already in {workspace.name!r}.") from error
    return user


def remove_member(session: Session, workspace: Workspace, user_id: uuid.UUID) -> User:
    """Remove a user from a workspace and return the user, or raise ``NotFoundError`` if not a member."""
    membership = delete(WorkspaceUser).where(
        WorkspaceUser.workspace_id == workspace.id, WorkspaceUser.user_id == user_id
    )
    if session.scalar(membership.returning(WorkspaceUser.user_id)) is None:
        raise NotFoundError("No user with this id is in the workspace.", user_id=str(user_id))
    return session.get_one(User, user_id)
