"""Who calls the API: an API key or a token in a header, or the session of a browser."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from diptych.core.db import Database, get_database, get_session
from diptych.core.errors import ForbiddenError, UnauthorizedError
from diptych.core.security import session_token
from diptych.models import Role, User
from diptych.users.queries import find_by_api_key, find_by_session

API_KEY_HEADER = "X-Argilla-Api-Key"
_api_key = APIKeyHeader(name=API_KEY_HEADER, auto_error=False)
_bearer = HTTPBearer(auto_error=False)

DbSession = Annotated[Session, Depends(get_session, scope="function")]
AppDatabase = Annotated[Database, Depends(get_database)]


def get_caller(
    request: Request,
    session: DbSession,
    key: Annotated[str | None, Depends(_api_key)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> User:
    """Return who calls, or raise ``UnauthorizedError`` in the same words for no key and a wrong one."""
    if key:
        caller = find_by_api_key(session, key)
    else:
        caller = find_by_session(session, bearer.credentials if bearer else session_token(request))
    if caller is None:
        raise UnauthorizedError("Could not validate credentials.")
    return caller


async def get_admin(caller: Annotated[User, Depends(get_caller, scope="function")]) -> User:
    """Return who calls if they may change and export datasets."""
    if caller.role == Role.ANNOTATOR:
        raise ForbiddenError("Operation not allowed.")
    return caller


async def get_owner(caller: Annotated[User, Depends(get_caller, scope="function")]) -> User:
    """Return who calls if they may look after people and workspaces."""
    if caller.role != Role.OWNER:
        raise ForbiddenError("Operation not allowed.")
    return caller


Caller = Annotated[User, Depends(get_caller, scope="function")]
Admin = Annotated[User, Depends(get_admin, scope="function")]
Owner = Annotated[User, Depends(get_owner, scope="function")]
