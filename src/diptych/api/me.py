"""Who am I."""

from collections.abc import Sequence

from diptych.api.auth import Caller, DbSession
from diptych.api.users import UserOut
from diptych.api.wire import Items
from diptych.api.workspaces import WorkspaceOut
from diptych.core.edge import Router
from diptych.models import User, Workspace
from diptych.users import queries

router = Router(tags=["people"], responses={401: {"description": "The credentials are wrong."}})


@router.get("/me", response_model=UserOut)
def me(caller: Caller) -> User:
    """Return the person whose key this is."""
    return caller


@router.get("/me/workspaces", response_model=Items[WorkspaceOut])
def my_workspaces(session: DbSession, caller: Caller) -> dict[str, Sequence[Workspace]]:
    """List the caller's workspaces, all of them for an owner; the SDK takes the first for the default."""
    return {"items": queries.list_workspaces(session, caller)}
