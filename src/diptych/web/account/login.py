"""Login and logout."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from diptych.core.addresses import client_address
from diptych.core.admission import limit_passwords
from diptych.core.edge import Router
from diptych.core.errors import TooManyRequestsError, UnauthorizedError
from diptych.core.security import session_cookie, session_token
from diptych.core.templating import Page
from diptych.users import sessions
from diptych.web.auth import MaybePerson, browser_token, delete_cookie, welcome
from diptych.web.deps import AppAuthenticator, AppSettings, DbSession, see_other

router = Router()

PasswordLimit = Depends(limit_passwords, scope="function")


@dataclass(kw_only=True)
class Login(Page):
    """The login form; ``next`` is the local page to continue with."""

    next: str
    username: str = ""
    error: str | None = None


@router.get("/login")
def login_page(request: Request, person: MaybePerson, next: str = "/") -> Response:  # noqa: A002 - as in the URL
    """Show the login form, or continue if a user is already logged in."""
    if person is not None:
        return RedirectResponse(_local(next), status_code=303)
    return Login(next=_local(next)).render(request)


@router.post("/login")
async def login(
    request: Request,
    authenticator: AppAuthenticator,
    settings: AppSettings,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - as in the URL
) -> Response:
    """Log in."""
    try:
        given = await authenticator.log_in(
            lambda session, user: welcome(request, session, user, settings),
            username=username,
            password=password,
            address=client_address(request),
            browser=browser_token(request),
        )
    except (UnauthorizedError, TooManyRequestsError) as error:
        page = Login(next=_local(next), username=username, error=error.message)
        response: Response = page.render(request, status=error.status)
        response.headers.update(error.headers)
        return response
    response = RedirectResponse(_local(next), status_code=303)
    given.give(request, response, settings)
    return response


@router.post("/logout")
def logout(request: Request, session: DbSession) -> Response:
    """Log out."""
    token = session_token(request)
    if token:
        sessions.end_session(session, token)
    response = see_other(request, "login_page")
    delete_cookie(request, response, session_cookie(request))
    return response


def _local(target: str) -> str:
    """Return ``target`` if it is a path on this server, else the start page."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local and target.isprintable() else "/"
