"""Logging in by name and password."""

from typing import Annotated, Literal

from fastapi import Depends, Form, Request, Response
from pydantic import BaseModel

from diptych.core.admission import password_place
from diptych.core.db import Database
from diptych.core.deps import get_database
from diptych.core.edge import Router
from diptych.users import sessions

router = Router(tags=["token"])


class Token(BaseModel):
    """What to send as ``Authorization: Bearer …`` instead of an API key."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of the token


@router.post(
    "/token",
    status_code=201,
    dependencies=[Depends(password_place, scope="function")],
    responses={
        401: {"description": "The name or the password is wrong."},
        429: {"description": "There were too many wrong passwords."},
    },
)
def create_token(
    request: Request,
    response: Response,
    database: Annotated[Database, Depends(get_database)],
    username: Annotated[str, Form()],
    password: Annotated[str, Form()],
) -> Token:
    """Start a session, as logging in with a browser does."""
    address = request.client.host if request.client else ""
    user = sessions.authenticate(database, username=username, password=password, address=address)
    with database.transaction() as session:
        token = sessions.start_session(session, user, days=request.app.state.settings.session_days)
    response.headers["Cache-Control"] = "no-store"
    return Token(access_token=token)
