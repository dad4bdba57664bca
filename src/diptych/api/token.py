"""Login with name and password."""

from typing import Annotated, Literal

from fastapi import Form, Request, Response
from pydantic import BaseModel

from diptych.core.addresses import client_address
from diptych.core.edge import Router
from diptych.users import sessions
from diptych.users.authentication import Authenticator

router = Router(tags=["token"])


class Token(BaseModel):
    """A token to send as ``Authorization: Bearer …`` instead of an API key."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of the token


@router.post(
    "/token",
    status_code=201,
    responses={
        401: {"description": "The name or password is wrong."},
        429: {"description": "Too many wrong passwords: `Retry-After` gives the seconds to wait."},
    },
)
async def create_token(
    request: Request,
    response: Response,
    username: Annotated[str, Form()],
    password: Annotated[str, Form()],
) -> Token:
    """Start a session, like a login in a browser."""
    authenticator: Authenticator = request.app.state.authenticator
    days = request.app.state.settings.session_days
    token = await authenticator.log_in(
        lambda session, user: sessions.start_session(session, user, days=days),
        username=username,
        password=password,
        address=client_address(request),
    )
    response.headers["Cache-Control"] = "no-store"
    return Token(access_token=token)
