"""The one shape of an error: ``{"detail": {"code": …, "message": …, "params": {…}}}``."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from diptych.core.errors import DiptychError


def render(_request: Request, error: DiptychError) -> JSONResponse:
    """Return an error as JSON with its own status and headers."""
    detail = {"code": error.code, "message": error.message, "params": error.params}
    return JSONResponse({"detail": detail}, status_code=error.status, headers=dict(error.headers))
