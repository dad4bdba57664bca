"""The account page of a user: API key, password, and sessions."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import Form
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from diptych.core.edge import Router
from diptych.core.errors import DiptychError, InvalidError, TooManyRequestsError, UnauthorizedError
from diptych.core.security import host_cookie, session_token
from diptych.core.templating import Page
from diptych.models import User
from diptych.users import queries, service, sessions
from diptych.users.service import PASSWORD_LENGTH
from diptych.web.auth import Person, Welcome, delete_cookie, find_person, get_person, set_cookie, welcome
from diptych.web.deps import AppAuthenticator, AppSettings, DbSession, see_other

router = Router()

_NEW_KEY_COOKIE = "diptych_new_key"
# Long enough for a redirect, and too short to find the key in a browser that was left open.
_NEW_KEY_LASTS = timedelta(minutes=1)


@dataclass(kw_only=True)
class Account(Page):
    """The account of a user; ``new_api_key`` is shown only once.

    ``done`` names what the user has just done.
    """

    username: str
    role: str
    api_key_prefix: str | None
    other_sessions: int
    new_api_key: str | None = None
    done: str | None = None
    password_error: str | None = None
    shortest_password: int = PASSWORD_LENGTH[0]


@router.get("/account")
def account_page(
    request: Request, session: DbSession, person: Person, done: str | None = None
) -> HTMLResponse:
    """Show the account of the logged-in user."""
    page = _account(request, session, person)
    page.done = done
    cookie = host_cookie(request, _NEW_KEY_COOKIE)
    pad = request.cookies.get(cookie)
    page.new_api_key = sessions.unseal_api_key(session, _token(request), pad)
    response = _render(request, page)
    if pad is not None:
        delete_cookie(request, response, cookie)
    return response


@router.post("/account/api-key")
def create_api_key(request: Request, session: DbSession, person: Person) -> Response:
    """Create an API key, which replaces the old one; the next page shows it once."""
    pad = sessions.seal_api_key(session, _token(request), service.rotate_api_key(session, person))
    response = see_other(request, "account_page")
    set_cookie(request, response, host_cookie(request, _NEW_KEY_COOKIE), pad, lasts=_NEW_KEY_LASTS)
    return response


@router.post("/account/api-key/revoke")
def revoke_api_key(request: Request, session: DbSession, person: Person) -> Response:
    """Revoke the API key."""
    service.revoke_api_key(session, person)
    return see_other(request, "account_page", query={"done": "api-key"})


@router.post("/account/log-out-elsewhere")
def log_out_elsewhere(request: Request, session: DbSession, person: Person) -> Response:
    """End all other sessions."""
    sessions.end_sessions(session, person, except_token=_token(request))
    return see_other(request, "account_page", query={"done": "sessions"})


@router.post("/account/password")
async def change_password(
    request: Request,
    authenticator: AppAuthenticator,
    settings: AppSettings,
    current: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    revoke_key: Annotated[bool, Form()] = False,
) -> Response:
    """Change the password; only this browser stays logged in, with a new session."""
    person = await authenticator.transact(partial(_identify, request))

    def change(session: Session, user: User) -> Welcome:
        service.set_password(session, user, new)
        if revoke_key:
            service.revoke_api_key(session, user)
        return welcome(request, session, user, settings)

    try:
        service.check_password(new)
        given = await authenticator.confirm(change, person, password=current)
    except (InvalidError, UnauthorizedError, TooManyRequestsError) as error:
        return await authenticator.transact(partial(_refuse, request, person, error))
    response = see_other(request, "account_page", query={"done": "password"})
    given.give(request, response, settings)
    return response


def _identify(request: Request, session: Session) -> User:
    """Return the logged-in user, without holding a connection until the password is checked."""
    return get_person(find_person(request, session))


def _refuse(request: Request, person: User, error: DiptychError, session: Session) -> Response:
    page = _account(request, session, person)
    page.password_error = error.message
    response = _render(request, page, status=error.status)
    response.headers.update(error.headers)
    return response


def _account(request: Request, session: Session, person: User) -> Account:
    return Account(
        username=person.username,
        role=person.role,
        api_key_prefix=person.api_key_prefix,
        other_sessions=queries.count_other_sessions(session, person, _token(request)),
    )


def _render(request: Request, page: Account, *, status: int = 200) -> HTMLResponse:
    response = page.render(request, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _token(request: Request) -> str:
    return session_token(request) or ""
