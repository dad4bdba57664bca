"""The error page."""

from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from diptych.core.db import DATABASE_ERRORS
from diptych.core.errors import DiptychError, UnauthorizedError
from diptych.core.security import HIDE_ADDRESS, SAFE_METHODS
from diptych.core.templating import Page
from diptych.web.auth import find_person

# Plain titles where the phrase of HTTP is jargon.
_TITLES = {
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.CONFLICT: "Not possible now",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Not supported",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Not accepted",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Server error",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available now",
}


@dataclass(kw_only=True)
class Error(Page):
    """What went wrong, in a sentence, and the request id for the log."""

    code: int
    title: str
    message: str
    request_id: str

    @classmethod
    def template(cls) -> str:
        """Return the template, which all areas of the site share."""
        return "error.html"


def render(request: Request, error: DiptychError) -> Response:
    """Show an error; without login, redirect to the login page, and back again after a safe request."""
    if isinstance(error, UnauthorizedError):
        target = request.url_for("login_page").path
        if request.method in SAFE_METHODS:
            target += f"?next={quote(_here(request), safe='/')}"
        return RedirectResponse(target, status_code=303)
    _keep_navigation(request, error)
    page = Error(
        code=error.status,
        title=_TITLES.get(HTTPStatus(error.status), HTTPStatus(error.status).phrase),
        message=error.message,
        request_id=getattr(request.state, "request_id", ""),
    )
    response = page.render(request, status=error.status)
    # The address may be a one-time link, even if it is mistyped.
    response.headers.update({**error.headers, **HIDE_ADDRESS})
    return response


def _keep_navigation(request: Request, error: DiptychError) -> None:
    """Find out who is logged in if the error came before that, and the database is not its cause."""
    if not hasattr(request.state, "person") and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        with suppress(*DATABASE_ERRORS), request.app.state.database.reading() as session:
            find_person(request, session)


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
