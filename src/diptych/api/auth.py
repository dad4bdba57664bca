"""Who calls the API: an API key or a token in a header, or the session of a browser."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from sqlalchemy.orm import Session

from diptych.core.admission import limit_database
from diptych.core.db import Database
from diptych.core.deps import get_database, get_session
from diptych.core.errors import ForbiddenError, UnauthorizedError
from diptych.core.security import session_token
from diptych.core.statements import Query
from diptych.datasets.read_access import Principal, principals_of
from diptych.models import Role, User
from diptych.users.queries import find_by_api_key, find_by_session

API_KEY_HEADER = "X-Argilla-Api-Key"
_api_key = APIKeyHeader(name=API_KEY_HEADER, auto_error=False)
_bearer = HTTPBearer(auto_error=False)
# The OpenAPI entry for routes that read the credentials themselves.
SECURITY: dict[str, Any] = {"security": [{_api_key.scheme_name: []}, {_bearer.scheme_name: []}]}
_UNKNOWN = "Could not validate credentials."

DbSession = Annotated[Session, Depends(get_session, scope="function")]
AppDatabase = Annotated[Database, Depends(get_database)]


@dataclass(frozen=True)
class Credentials:
    """The credentials of a request: an API key, or the token of a session."""

    key: str | None
    token: str | None

    def identify(self, session: Session) -> User:
        """Return the caller, or raise ``UnauthorizedError``, in the same words for no key and a wrong one."""
        caller = find_by_api_key(session, self.key) if self.key else find_by_session(session, self.token)
        if caller is None:
            raise UnauthorizedError(_UNKNOWN)
        return caller


def read_credentials(request: Request) -> Credentials:
    """Return the key of a request or, without one, the token in a header or a cookie."""
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    is_bearer = scheme.lower() == "bearer" and token
    return Credentials(request.headers.get(API_KEY_HEADER), token if is_bearer else session_token(request))


def require_credentials(request: Request) -> Credentials:
    """Return the credentials of a request, or raise ``UnauthorizedError`` if it has none."""
    credentials = read_credentials(request)
    if not credentials.key and not credentials.token:
        raise UnauthorizedError(_UNKNOWN)
    return credentials


async def get_credentials(
    request: Request,
    _key: Annotated[object, Depends(_api_key)],
    _token: Annotated[object, Depends(_bearer)],
) -> Credentials:
    """Return the credentials of a request, and describe them in the OpenAPI document."""
    return read_credentials(request)


def callers_of(
    credentials: Sequence[Credentials], dataset_ids: Collection[uuid.UUID]
) -> Query[list[Principal | UnauthorizedError]]:
    """Return the query for the caller of each request, with the datasets among these that they may see.

    In place of a caller, there is the error of ``identify``.
    """
    principals = principals_of(
        tokens={one.token for one in credentials if one.token and not one.key},
        api_keys={one.key for one in credentials if one.key},
        dataset_ids=dataset_ids,
    )

    def read(rows: Iterable[Any]) -> list[Principal | UnauthorizedError]:
        found = principals.read(rows) if principals.read else {}
        return [found.get(one.key or one.token or "") or UnauthorizedError(_UNKNOWN) for one in credentials]

    return Query(principals.statement, principals.values, read)


def get_caller(session: DbSession, credentials: Annotated[Credentials, Depends(get_credentials)]) -> User:
    """Return the caller, or raise ``UnauthorizedError``."""
    return credentials.identify(session)


async def get_admin(caller: Annotated[User, Depends(get_caller, scope="function")]) -> User:
    """Return the caller if they are an admin or owner, or raise ``ForbiddenError``."""
    return refuse_annotator(caller)


def refuse_annotator(caller: User) -> User:
    """Return the caller, or raise ``ForbiddenError`` for an annotator."""
    if caller.role == Role.ANNOTATOR:
        raise ForbiddenError("Operation not allowed.")
    return caller


async def get_owner(caller: Annotated[User, Depends(get_caller, scope="function")]) -> User:
    """Return the caller if they are an owner, or raise ``ForbiddenError``."""
    if caller.role != Role.OWNER:
        raise ForbiddenError("Operation not allowed.")
    return caller


Caller = Annotated[User, Depends(get_caller, scope="function")]
Admin = Annotated[User, Depends(get_admin, scope="function")]
Owner = Annotated[User, Depends(get_owner, scope="function")]


@dataclass(frozen=True)
class DeferredCaller:
    """A caller that the handler itself identifies: session and caller in one turn of the thread pool.

    Each dependency that waits for the database takes another turn in the thread pool, which is a quarter of
    the time of such a request.
    """

    database: Database
    credentials: Credentials

    @contextmanager
    def reading(self) -> Iterator[tuple[Session, User]]:
        """Yield a read-only session and the caller, or raise ``UnauthorizedError``."""
        with self.database.reading() as session:
            yield session, self.credentials.identify(session)


async def get_deferred_caller(
    database: AppDatabase,
    credentials: Annotated[Credentials, Depends(get_credentials)],
    _turn: Annotated[None, Depends(limit_database, scope="function")],
) -> DeferredCaller:
    """Return the deferred caller once a database connection is free."""
    return DeferredCaller(database, credentials)


LateCaller = Annotated[DeferredCaller, Depends(get_deferred_caller, scope="function")]
