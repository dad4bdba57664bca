"""The shape of all errors: ``{"detail": {"code": …, "message": …, "params": {…}}}``."""

from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

from diptych.core.errors import DiptychError


class ErrorDetail(BaseModel):
    """What went wrong: a code for programs, a sentence for people, and facts such as the invalid field."""

    code: str
    message: str
    params: dict[str, Any]


class Error(BaseModel):
    """An error."""

    detail: ErrorDetail


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "model": Error,
        "description": "The request is invalid, or the caller is not allowed to make it.",
    },
    "5XX": {"model": Error, "description": "The server cannot answer right now."},
}


def render(_request: Request, error: DiptychError) -> JSONResponse:
    """Return an error as JSON with its status and headers."""
    detail = {"code": error.code, "message": error.message, "params": error.params}
    return JSONResponse({"detail": detail}, status_code=error.status, headers=dict(error.headers))
