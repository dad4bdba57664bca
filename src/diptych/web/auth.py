"""Who is looking at a page."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from diptych.core.errors import ForbiddenError, UnauthorizedError
from diptych.core.security import session_cookie, session_token
from diptych.core.settings import Settings
from diptych.models import Role, User
from diptych.users.queries import find_by_session
from diptych.web.deps import DbSession


def remember(request: Request, response: Response, token: str, settings: Settings) -> None:
    """Set the session cookie: not for scripts, not for other sites."""
    response.set_cookie(
        session_cookie(request),
        token,
        max_age=settings.session_days * 86_400,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def forget(request: Request, response: Response) -> None:
    """Remove the session cookie."""
    response.delete_cookie(
        session_cookie(request), path="/", secure=request.url.scheme == "https", httponly=True
    )


def find_person(request: Request, session: DbSession) -> User | None:
    """Return who is logged in, and let the page know."""
    person = find_by_session(session, session_token(request))
    request.state.person = person
    return person


def get_person(person: Annotated[User | None, Depends(find_person, scope="function")]) -> User:
    """Return who is logged in, or lead to the login page."""
    if person is None:
        raise UnauthorizedError("Please log in.")
    return person


def get_admin(person: Annotated[User, Depends(get_person, scope="function")]) -> User:
    """Return who is logged in if they may change datasets; that it is their workspace is asked elsewhere."""
    if person.role == Role.ANNOTATOR:
        raise ForbiddenError("Only admins and owners can do this.")
    return person


MaybePerson = Annotated[User | None, Depends(find_person, scope="function")]
Person = Annotated[User, Depends(get_person, scope="function")]
Admin = Annotated[User, Depends(get_admin, scope="function")]
