"""Workspaces."""

import uuid
from collections.abc import Sequence

from pydantic import BaseModel, Field

from diptych.api.auth import Admin, Caller, DbSession, Owner
from diptych.api.users import UserOut
from diptych.api.wire import Items, Moment, Out
from diptych.core.edge import Router
from diptych.models import User, Workspace
from diptych.users import queries, workspaces

router = Router(
    tags=["workspaces"],
    responses={
        401: {"description": "The credentials are wrong."},
        403: {"description": "The caller's role does not allow this."},
    },
)
_NOT_FOUND = {"description": "The caller sees no such workspace or user."}
_CONFLICT = {"description": "The name or the id is taken."}
_NOT_EMPTY = {"description": "The workspace has datasets."}
_MEMBER_ALREADY = {"description": "The user is already in the workspace."}


class WorkspaceOut(Out):
    """A group of datasets and of the users who work on them."""

    id: uuid.UUID
    name: str
    inserted_at: Moment
    updated_at: Moment


class WorkspaceCreate(BaseModel):
    """A new workspace, with the given id or a new one."""

    id: uuid.UUID | None = None
    name: str = Field(pattern=workspaces.NAME, max_length=workspaces.MAX_NAME_LENGTH)


class Member(BaseModel):
    """The user to add to a workspace."""

    user_id: uuid.UUID


@router.post("/workspaces", status_code=201, response_model=WorkspaceOut, responses={409: _CONFLICT})
def create_workspace(session: DbSession, _caller: Owner, body: WorkspaceCreate) -> Workspace:
    """Add a workspace without members; owners see it anyway."""
    return workspaces.create_workspace(session, name=body.name, id=body.id)


@router.get("/workspaces/{workspace_id}", response_model=WorkspaceOut, responses={404: _NOT_FOUND})
def get_workspace(session: DbSession, caller: Caller, workspace_id: uuid.UUID) -> Workspace:
    """Return a workspace of the caller."""
    return queries.get_visible_workspace(session, caller, workspace_id)


@router.delete(
    "/workspaces/{workspace_id}",
    response_model=WorkspaceOut,
    responses={404: _NOT_FOUND, 409: _NOT_EMPTY},
)
def delete_workspace(session: DbSession, caller: Owner, workspace_id: uuid.UUID) -> Workspace:
    """Delete a workspace without datasets; a starting server recreates ``default``."""
    workspace = queries.get_visible_workspace(session, caller, workspace_id)
    workspaces.delete_workspace(session, workspace)
    return workspace


@router.get("/workspaces/{workspace_id}/users", response_model=Items[UserOut], responses={404: _NOT_FOUND})
def list_members(session: DbSession, caller: Admin, workspace_id: uuid.UUID) -> dict[str, Sequence[User]]:
    """List the members of a workspace."""
    workspace = queries.get_visible_workspace(session, caller, workspace_id)
    return {"items": queries.list_members(session, workspace)}


@router.post(
    "/workspaces/{workspace_id}/users",
    status_code=201,
    response_model=UserOut,
    responses={404: _NOT_FOUND, 409: _MEMBER_ALREADY},
)
def add_member(session: DbSession, caller: Owner, workspace_id: uuid.UUID, body: Member) -> User:
    """Add a user to a workspace; 422 if there is no such user."""
    workspace = queries.get_visible_workspace(session, caller, workspace_id)
    return workspaces.add_member(session, workspace, body.user_id)


@router.delete(
    "/workspaces/{workspace_id}/users/{user_id}", response_model=UserOut, responses={404: _NOT_FOUND}
)
def remove_member(session: DbSession, caller: Admin, workspace_id: uuid.UUID, user_id: uuid.UUID) -> User:
    """Remove a user from a workspace; their answers stay."""
    workspace = queries.get_visible_workspace(session, caller, workspace_id)
    return workspaces.remove_member(session, workspace, user_id)


@router.get("/users/{user_id}/workspaces", response_model=Items[WorkspaceOut], responses={404: _NOT_FOUND})
def list_workspaces_of(
    session: DbSession, caller: Admin, user_id: uuid.UUID
) -> dict[str, Sequence[Workspace]]:
    """List a user's workspaces; for an admin, only the shared ones."""
    user = queries.get_visible_user(session, caller, user_id)
    return {"items": queries.list_workspaces(session, user, caller=caller)}
