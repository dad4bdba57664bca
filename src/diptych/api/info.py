"""What the server is, for everybody who asks."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from starlette.requests import Request

from diptych.api.auth import Caller, DbSession
from diptych.core.edge import Router

router = Router(tags=["info"])

# The contract that is honoured; which Diptych this is, is not told to strangers.
ARGILLA_VERSION = "2.8.0"


class Version(BaseModel):
    """Which version of Argilla's API this is."""

    version: str = ARGILLA_VERSION


class Status(Version):
    """That the server can work."""

    database: bool


class ArgillaSettings(BaseModel):
    """What Argilla's own page asks for."""

    show_huggingface_space_persistent_storage_warning: bool = False


class ServerSettings(BaseModel):
    """What a page has to know before anybody logs in."""

    argilla: ArgillaSettings = ArgillaSettings()


@router.get("/version")
def version() -> Version:
    """Return the version of Argilla's API."""
    return Version()


@router.get("/status", responses={503: {"description": "The database is not responding."}})
def status(session: DbSession) -> Status:
    """Say that the database answers."""
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
