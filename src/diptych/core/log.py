"""Structured logs: one event a line, each with the id of its request."""

import logging
import re
import sys
import time
from contextlib import suppress

import structlog
import uuid_utils
from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diptych.core.settings import Settings

_HEADER = b"x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class _Lines:
    """Lines on stderr under a name; what cannot be written is lost, as with the standard library."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, line: str) -> None:
        with suppress(OSError):
            sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = write


def configure(settings: Settings) -> None:
    """Send every message of the process, ours and the libraries', to stderr in one format.

    Ours do without the standard library, which would take several times as long for the line of a request.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        _to_json
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    # Our own line says the same, with the request's id and without its query.
    logging.getLogger("uvicorn.access").disabled = True


def _to_json(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    return to_json(event, fallback=repr).decode()


class RequestLogMiddleware:
    """Give each request an id, send it back as ``X-Request-Id``, and write one line when it ends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        # Once and for all: a logger that is not bound is made anew for every line.
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger("diptych.request").bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == _HEADER), "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid_utils.uuid7().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            self._log.info(
                "request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds
            )
            structlog.contextvars.unbind_contextvars("request_id")
