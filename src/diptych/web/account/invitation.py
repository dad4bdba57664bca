"""One-time links, with which people open their account or choose a new password."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from diptych.core.admission import limit_passwords
from diptych.core.edge import Router
from diptych.core.errors import ConflictError, InvalidError
from diptych.core.security import HIDE_ADDRESS
from diptych.core.templating import Page
from diptych.models import User
from diptych.users.invitations import accept_invitation, get_invitation
from diptych.users.service import PASSWORD_LENGTH
from diptych.web.auth import welcome
from diptych.web.deps import AppSettings, DbSession

router = Router()

PasswordLimit = Depends(limit_passwords, scope="function")


@dataclass(kw_only=True)
class Invitation(Page):
    """The page of a one-time link: to choose a password and, for the first owner, a name."""

    token: str
    username: str
    is_first_owner: bool
    shortest_password: int = PASSWORD_LENGTH[0]
    error: str | None = None


@router.get("/invitations/{token}")
def invitation_page(request: Request, session: DbSession, token: str) -> HTMLResponse:
    """Show the form of a one-time link."""
    return _render(request, _invitation(session, token))


@router.post("/invitations/{token}", dependencies=[PasswordLimit])
def accept(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    token: str,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Use a one-time link and log in."""
    page = _invitation(session, token)
    try:
        with session.begin_nested():
            user = accept_invitation(session, token, username=username, password=password)
    except (InvalidError, ConflictError) as error:
        page.error, page.username = error.message, page.username or username
        return _render(request, page, status=error.status)
    response = RedirectResponse("/", status_code=303)
    welcome(request, session, user, settings).give(request, response, settings)
    return response


def _invitation(session: DbSession, token: str) -> Invitation:
    invitation = get_invitation(session, token)
    user = session.get(User, invitation.user_id) if invitation.user_id else None
    return Invitation(token=token, username=user.username if user else "", is_first_owner=user is None)


def _render(request: Request, page: Invitation, *, status: int = 200) -> HTMLResponse:
    """Show the page of a link; its address is secret until the link is used, so browsers must not send it."""
    response = page.render(request, status=status)
    response.headers.update(HIDE_ADDRESS)
    return response
