"""Assembles the app from its parts."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import anyio.to_thread
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Scope

from diptych import __version__
from diptych.api import errors as api_errors
from diptych.api import router as api
from diptych.api.responses import bulk as bulk_responses
from diptych.core import log
from diptych.core.admission import ConcurrencyLimit, DownloadLimit, FairConcurrencyLimit
from diptych.core.database_errors import KINDS as DATABASE_ERRORS
from diptych.core.database_errors import to_caller
from diptych.core.db import STREAM_POOL_SIZE, Database
from diptych.core.edge import EdgeMiddleware
from diptych.core.errors import (
    DiptychError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnauthorizedError,
    UnsupportedError,
)
from diptych.core.last_resort import LastResortMiddleware
from diptych.core.limits import REQUEST_LIMITS
from diptych.core.parent import end_with_parent
from diptych.core.passwords import HASHES_AT_ONCE
from diptych.core.paths import STATIC
from diptych.core.security import CrossSiteMiddleware, SecurityHeadersMiddleware, TrustedProxyMiddleware
from diptych.core.settings import Settings, get_settings
from diptych.core.static_files import ImmutableFiles
from diptych.core.templating import static_version
from diptych.users.authentication import Authenticator
from diptych.web import errors as web_errors
from diptych.web import router as web

_log = structlog.get_logger("diptych")
# The largest body of a form or an API call, in bytes; uploads and batches have their own settings.
FORM_BYTES = 2**20
# Cached paths: of the static files, of datasets, and of some records.
_PATHS = 4_096
# The number of new objects that starts a garbage collection: those of a few hundred requests.
_GC_THRESHOLD = 20_000
_KINDS = (UnauthorizedError, ForbiddenError, NotFoundError, TooLargeError, UnsupportedError)
_BY_STATUS = {kind.status: kind for kind in _KINDS}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; ``settings`` default to those of the environment, and must name a database."""
    settings = settings or get_settings()
    if settings.database_url is None:
        message = "Set DIPTYCH_DATABASE_URL, or run `diptych serve`, which starts the embedded server."
        raise RuntimeError(message)
    log.configure(settings)
    database = Database(settings.database_url, pool_size=settings.pool_size, limits=REQUEST_LIMITS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # One thread for each connection, and a few for files and other work.
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.pool_size + 16
        yield
        await app.state.response_writer.close()
        database.dispose()

    app = FastAPI(
        title="Diptych",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[
            # The first one is the outermost.
            Middleware(LastResortMiddleware, answer=_handle),
            Middleware(TrustedProxyMiddleware, trusted=settings.trusted_proxies),
            Middleware(log.RequestLogMiddleware),
            Middleware(SecurityHeadersMiddleware),
            Middleware(EdgeMiddleware, refuse=_refuse),
            Middleware(CrossSiteMiddleware, refuse=_refuse),
        ],
    )
    app.state.settings = settings
    app.state.database = database
    # A page names dozens of routes, and finding a path takes longer than most other steps.
    app.state.path_for = lru_cache(maxsize=_PATHS)(app.url_path_for)
    app.state.database_limit = ConcurrencyLimit(settings.pool_size)
    app.state.password_limit = FairConcurrencyLimit(HASHES_AT_ONCE)
    # Each download has one of the connections for streams until it ends.
    app.state.download_limit = DownloadLimit(STREAM_POOL_SIZE, share=STREAM_POOL_SIZE // 2)
    app.state.authenticator = Authenticator(database, app.state.database_limit, app.state.password_limit)
    app.state.response_writer = bulk_responses.make_writer(database)
    # First and on the top level, so that the most frequent request finds its route fast.
    app.routes.append(bulk_responses.make_route(max_body_size=FORM_BYTES))
    app.mount(f"/static/{static_version()}", ImmutableFiles(directory=STATIC), name="static")
    app.add_api_route("/healthz", _healthz, include_in_schema=False)
    app.add_api_route("/readyz", _readyz, include_in_schema=False)
    app.include_router(api.batches, max_body_size=settings.max_batch_mb * 2**20)
    app.include_router(api.router, max_body_size=FORM_BYTES)
    app.include_router(web.uploads, max_body_size=settings.max_upload_mb * 2**20)
    app.include_router(web.pages, max_body_size=FORM_BYTES)
    for kind in (DiptychError, HTTPException, RequestValidationError, *DATABASE_ERRORS):
        app.add_exception_handler(kind, _handle)
    return app


def create_only_app() -> FastAPI:
    """Return the app for a process that runs only the app, and ends with the one that started it.

    It excludes the objects loaded so far from garbage collection: scanning them again and again would delay
    every request by a tenth of a second.
    """
    end_with_parent()
    app = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    return app


def _healthz() -> JSONResponse:
    """Report that the process runs."""
    return JSONResponse({"status": "ok"})


async def _readyz(request: Request) -> JSONResponse:
    """Report that the database responds; 503 if it does not."""
    await request.app.state.database.probe()
    return JSONResponse({"status": "ready"})


def _handle(request: Request, error: Exception) -> Response:
    return _render(request, _translate(error))


def _translate(error: Exception) -> DiptychError:
    """Return the error to show to the user."""
    if isinstance(error, DiptychError):
        return error
    if isinstance(error, HTTPException):
        return _from_status(error)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        return InvalidError(f"{field}: {first['msg']}.", field=field)
    if isinstance(error, DATABASE_ERRORS) and (told := to_caller(error)):
        _log.warning("the database refused", error=error, status=told.status)
        return told
    _log.error("unexpected error", exc_info=error)
    return DiptychError("Something went wrong on the server. Nothing from your request was saved.")


def _from_status(error: HTTPException) -> DiptychError:
    if isinstance(error.__cause__, DiptychError):
        # Our own error about the body, which is clearer than FastAPI's.
        return error.__cause__
    if error.status_code == NotFoundError.status:
        return NotFoundError("There is no such page.")
    translated = _BY_STATUS.get(error.status_code, DiptychError)(f"{error.detail}.")
    translated.status = error.status_code
    return translated


def _render(request: Request, error: DiptychError) -> Response:
    if request.scope["path"].startswith("/api/"):
        return api_errors.render(request, error)
    return web_errors.render(request, error)


def _refuse(scope: Scope, error: DiptychError) -> ASGIApp:
    # This is called in the event loop, which must not wait for the database.
    scope.setdefault("state", {})["person"] = None
    return _render(Request(scope), error)
