"""Login sessions of pages: cookies, and the logged-in user."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from diptych.core.errors import ForbiddenError, UnauthorizedError
from diptych.core.security import host_cookie, session_cookie, session_token
from diptych.core.settings import Settings
from diptych.models import Role, User
from diptych.users import sessions
from diptych.users.browsers import KNOWN_FOR, remember_browser
from diptych.users.queries import find_by_session
from diptych.web.deps import DbSession

_BROWSER_COOKIE = "diptych_browser"


@dataclass(frozen=True)
class Welcome:
    """The tokens for the cookies of a browser after login."""

    session_token: str
    browser_token: str

    def give(self, request: Request, response: Response, settings: Settings) -> None:
        """Set the cookies."""
        days = timedelta(days=settings.session_days)
        set_cookie(request, response, session_cookie(request), self.session_token, lasts=days)
        browser_cookie = host_cookie(request, _BROWSER_COOKIE)
        set_cookie(request, response, browser_cookie, self.browser_token, lasts=KNOWN_FOR)


def welcome(request: Request, session: Session, user: User, settings: Settings) -> Welcome:
    """Log a user in with a new session, which replaces the browser's old one, and remember the browser."""
    before = session_token(request)
    if before:
        sessions.end_session(session, before)
    return Welcome(
        sessions.start_session(session, user, days=settings.session_days),
        remember_browser(session, user, browser_token(request)),
    )


def browser_token(request: Request) -> str | None:
    """Return the token of a browser in which a user may have logged in before."""
    return request.cookies.get(host_cookie(request, _BROWSER_COOKIE))


def set_cookie(request: Request, response: Response, name: str, value: str, *, lasts: timedelta) -> None:
    """Set a cookie that scripts and other sites cannot use."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    """Delete a cookie that ``set_cookie`` set."""
    response.delete_cookie(
        name, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )


@dataclass(frozen=True)
class Identity:
    """What a page shows of the logged-in user, also after an error has ended the transaction."""

    id: uuid.UUID
    username: str
    role: Role


def find_person(request: Request, session: DbSession) -> User | None:
    """Return the logged-in user, if any, and tell the page."""
    person = find_by_session(session, session_token(request))
    request.state.person = Identity(person.id, person.username, person.role) if person else None
    return person


def get_person(person: Annotated[User | None, Depends(find_person, scope="function")]) -> User:
    """Return the logged-in user, or redirect to the login page."""
    if person is None:
        raise UnauthorizedError("Please log in.")
    return person


def get_admin(person: Annotated[User, Depends(get_person, scope="function")]) -> User:
    """Return the logged-in user if they are an admin or owner; handlers check the workspace."""
    if person.role == Role.ANNOTATOR:
        raise ForbiddenError("Only admins and owners can do this.")
    return person


MaybePerson = Annotated[User | None, Depends(find_person, scope="function")]
Person = Annotated[User, Depends(get_person, scope="function")]
Admin = Annotated[User, Depends(get_admin, scope="function")]
