"""The caller's own account."""

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
    """Return the caller."""
    return caller


@router.get("/me/workspaces", response_model=Items[WorkspaceOut])
def my_workspaces(session: DbSession, caller: Caller) -> dict[str, Sequence[Workspace]]:
    """List the caller's workspaces; for an owner, all. The SDK uses the first one as its default."""
    return {"items": queries.list_workspaces(session, caller)}
