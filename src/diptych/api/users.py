"""Users."""

import uuid
from collections.abc import Sequence

from fastapi import Depends
from pydantic import BaseModel, Field

from diptych.api.auth import Admin, DbSession, Owner
from diptych.api.wire import Items, Moment, Out
from diptych.core.admission import limit_passwords
from diptych.core.edge import Router
from diptych.models import Role, User
from diptych.users import queries, service
from diptych.users.service import PASSWORD_LENGTH

router = Router(
    tags=["users"],
    responses={
        401: {"description": "The credentials are wrong."},
        403: {"description": "The caller's role does not allow this."},
    },
)
_NOT_FOUND = {"description": "The caller sees no user with this id."}
_CONFLICT = {"description": "The name or the id is taken."}
_ONLY_OWNER = {"description": "The user is the only owner."}

PasswordLimit = Depends(limit_passwords, scope="function")


class UserOut(Out):
    """A user; ``api_key`` is null unless this request created the key."""

    id: uuid.UUID
    username: str
    first_name: str | None
    last_name: str | None
    role: Role
    api_key: str | None = None
    inserted_at: Moment
    updated_at: Moment


class UserCreate(BaseModel):
    """A new user, with the given id or a new one."""

    id: uuid.UUID | None = None
    username: str
    role: Role | None = None
    first_name: str | None = None
    last_name: str | None = None
    password: str = Field(min_length=PASSWORD_LENGTH[0], max_length=PASSWORD_LENGTH[1])


class UserUpdate(BaseModel):
    """Changes to a user; null or absent values stay unchanged, but null deletes the last name.

    A new password ends the user's sessions; ``revoke_api_key`` also revokes their API key.
    """

    username: str | None = None
    role: Role | None = None
    first_name: str | None = None
    last_name: str | None = None
    password: str | None = None
    revoke_api_key: bool = False


@router.get("/users", response_model=Items[UserOut])
def list_users(session: DbSession, caller: Admin) -> dict[str, Sequence[User]]:
    """List all users; for an admin, those who share a workspace with them.

    Closed accounts are not listed, although their answers keep their ids.
    """
    return {"items": queries.list_visible_users(session, caller)}


@router.post("/users", status_code=201, dependencies=[PasswordLimit], responses={409: _CONFLICT})
def create_user(session: DbSession, _caller: Owner, body: UserCreate) -> UserOut:
    """Add a user without a workspace; only this reply ever has their API key.

    The id of a closed account, or its name if no id is given, reopens that account with these values and a
    new key, without a workspace, and with its answers.
    """
    user = service.create_user(
        session,
        id=body.id,
        username=body.username,
        role=body.role or Role.ANNOTATOR,
        first_name=body.first_name,
        last_name=body.last_name,
        password=body.password,
        workspace=None,
    )
    key = service.rotate_api_key(session, user)
    return UserOut.model_validate(user).model_copy(update={"api_key": key})


@router.get("/users/{user_id}", response_model=UserOut, responses={404: _NOT_FOUND})
def get_user(session: DbSession, caller: Admin, user_id: uuid.UUID) -> User:
    """Return a user; for an admin, one who shares a workspace with them."""
    return queries.get_visible_user(session, caller, user_id)


@router.patch(
    "/users/{user_id}",
    response_model=UserOut,
    dependencies=[PasswordLimit],
    responses={404: _NOT_FOUND, 409: _ONLY_OWNER},
)
def update_user(session: DbSession, caller: Owner, user_id: uuid.UUID, body: UserUpdate) -> User:
    """Change a user; a new role or password logs the user out everywhere.

    Their API key keeps working, unless `revoke_api_key` is true.
    """
    user = queries.get_visible_user(session, caller, user_id)
    service.update_user(
        session,
        user,
        username=body.username,
        first_name=body.first_name,
        last_name=body.last_name if "last_name" in body.model_fields_set else user.last_name,
        role=body.role,
        password=body.password,
    )
    if body.revoke_api_key:
        service.revoke_api_key(session, user)
    return user


@router.delete("/users/{user_id}", response_model=UserOut, responses={404: _NOT_FOUND, 409: _ONLY_OWNER})
def delete_user(session: DbSession, caller: Owner, user_id: uuid.UUID) -> User:
    """Close a user's account: they are logged out and no longer listed, and their answers stay."""
    user = queries.get_visible_user(session, caller, user_id)
    service.disable_user(session, user)
    return user
