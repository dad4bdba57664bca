"""Information about the server."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from starlette.requests import Request

from diptych.api.auth import Caller, DbSession
from diptych.core.edge import Router

router = Router(tags=["info"])

# The version of the contract. Callers without an account do not learn the version of Diptych.
ARGILLA_VERSION = "2.8.0"


class Version(BaseModel):
    """The version of Argilla's API that this server implements."""

    version: str = ARGILLA_VERSION


class Status(Version):
    """Whether the server can reach its database."""

    database: bool


class ArgillaSettings(BaseModel):
    """Settings that Argilla's own page requests."""

    show_huggingface_space_persistent_storage_warning: bool = False


class ServerSettings(BaseModel):
    """Settings that a page needs before login."""

    argilla: ArgillaSettings = ArgillaSettings()


@router.get("/version")
def version() -> Version:
    """Return the version of Argilla's API."""
    return Version()


@router.get("/status", responses={503: {"description": "The database is not responding."}})
def status(session: DbSession) -> Status:
    """Check that the database responds."""
    session.execute(select(1))
    return Status(database=True)


@router.get("/settings")
def settings() -> ServerSettings:
    """Return the settings of the server."""
    return ServerSettings()


@router.get("/openapi.json")
def openapi(request: Request, _caller: Caller) -> dict[str, Any]:
    """Return the OpenAPI document of this API."""
    document: dict[str, Any] = request.app.openapi()
    return document
