"""Dependencies of pages: the transaction, the settings, and redirects after forms."""

from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse

from diptych.core.db import Database
from diptych.core.deps import get_database, get_session
from diptych.core.settings import Settings
from diptych.users.authentication import Authenticator


def get_app_settings(request: Request) -> Settings:
    """Return the settings of the app that serves this request."""
    settings: Settings = request.app.state.settings
    return settings


def get_authenticator(request: Request) -> Authenticator:
    """Return the authenticator of the app that serves this request."""
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator


DbSession = Annotated[Session, Depends(get_session, scope="function")]
AppDatabase = Annotated[Database, Depends(get_database)]
AppAuthenticator = Annotated[Authenticator, Depends(get_authenticator)]
AppSettings = Annotated[Settings, Depends(get_app_settings)]


def see_other(
    request: Request, name: str, *, query: dict[str, Any] | None = None, **params: Any
) -> RedirectResponse:
    """Redirect after a form: the browser continues with a GET of the named route."""
    url = request.url_for(name, **params)
    given = {key: value for key, value in (query or {}).items() if value is not None}
    if given:
        url = url.include_query_params(**given)
    return RedirectResponse(f"{url.path}?{url.query}" if url.query else url.path, status_code=303)
