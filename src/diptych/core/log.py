"""Structured logs: one event per line, with the id of its request and without secrets."""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any
from urllib.parse import unquote

import structlog
import uuid_utils
from pydantic_core import to_json
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from diptych.core.error_text import describe, escape_controls, format_traceback
from diptych.core.settings import Settings

REQUEST_ID_HEADER = b"x-request-id"
HIDDEN = "[hidden]"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# A one-time link, complete or mangled, which the log replaces with its route.
_LINK = re.compile(r"/?invitations?.+", re.IGNORECASE | re.DOTALL)
_LINK_ROUTE = "/invitations/{token}"
# Tokens from ``new_token`` (API keys, sessions, links) have letters of both cases; hashes do not.
_MIN_TOKEN_LENGTH = 40
_LONG_WORD = re.compile(rf"[A-Za-z0-9_-]{{{_MIN_TOKEN_LENGTH},}}")
# Shorter values are not secrets, and would match inside ordinary words.
_MIN_SECRET_LENGTH = 8
_SECRET_HEADERS = ("authorization", "proxy-authorization", "x-argilla-api-key")

_request: ContextVar[Scope | None] = ContextVar("request", default=None)


class _Lines:
    """A named logger that writes lines to stderr and ignores write errors, like the standard library."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, line: str) -> None:
        with suppress(OSError):
            sys.stderr.write(f"{line}\n")

    debug = info = warning = error = critical = write


def configure(settings: Settings) -> None:
    """Send all log messages of the process, including those of libraries, to stderr in one format.

    Our messages bypass the standard library, which would take several times as long for each request.
    """
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_errors,
        _hide_secrets,
    ]
    renderer = _to_json if settings.log_format == "json" else _console()
    structlog.configure(
        processors=[*processors, renderer],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_tell_arguments)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    logging.captureWarnings(capture=True)
    # Our own request log has the same, with the request's id and without the query.
    logging.getLogger("uvicorn.access").disabled = True
    _take_what_nobody_caught()


def begin_request(scope: Scope) -> str:
    """Give a request an id for all its log lines, and return the id.

    A valid id in the header is kept; only those of trusted proxies get this far.
    """
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        given = Headers(scope=scope).get(REQUEST_ID_HEADER.decode(), "")
        state["request_id"] = given if _REQUEST_ID.fullmatch(given) else uuid_utils.uuid7().hex
        _request.set(scope)
        structlog.contextvars.bind_contextvars(request_id=state["request_id"])
    request_id: str = state["request_id"]
    return request_id


def hide_path(path: str) -> str:
    """Return a path for the log: without the token of a one-time link, however the path is encoded."""
    plain = path
    while "%" in plain and (decoded := unquote(plain)) != plain:
        plain = decoded
    link = _LINK.search(plain)
    return _hide_tokens(plain[: link.start()] + _LINK_ROUTE if link else path)


class RequestLogMiddleware:
    """Gives each request an id, sends it as ``X-Request-Id``, and logs one line when the request ends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        # Bound once: structlog would otherwise create a new logger for every line.
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger("diptych.request").bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = begin_request(scope)
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID_HEADER, request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            path = hide_path(scope["path"])
            self._log.info("request", method=scope["method"], path=path, status=status, ms=milliseconds)


def _tell_errors(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Turn errors into text: a traceback for the logged error, one line for others."""
    error = _find_error(event.pop("exc_info", None))
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = describe(value)
        elif isinstance(value, str):
            event[key] = escape_controls(value.strip())
    if error:
        # The rest of an event loop's message describes objects, including errors with values.
        event["event"] = event["event"].partition("\\n")[0]
        event["exception"] = format_traceback(error)
    return event


def _find_error(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1]  # type: ignore[no-any-return]
    return sys.exception() if exc_info else None


def _hide_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    secrets = sorted(_secrets_of_request(), key=len, reverse=True) if "exception" in event else ()
    for key, value in event.items():
        if isinstance(value, str):
            for secret in secrets:
                value = value.replace(secret, HIDDEN)  # noqa: PLW2901 - one secret after the other
            event[key] = _hide_tokens(value)
    return event


def _hide_tokens(text: str) -> str:
    if len(text) < _MIN_TOKEN_LENGTH:
        return text
    return _LONG_WORD.sub(
        lambda word: word[0] if word[0] in {word[0].lower(), word[0].upper()} else HIDDEN, text
    )


def _secrets_of_request() -> Iterator[str]:
    """Yield the secrets in the current request."""
    scope = _request.get()
    if scope is None:
        return
    headers = Headers(scope=scope)
    given = [part for name in _SECRET_HEADERS for value in headers.getlist(name) for part in value.split()]
    given += [value for one in headers.getlist("cookie") for value in cookie_parser(one).values()]
    link = _LINK.search(scope["path"])
    given += link[0].split("/") if link else []
    yield from (one for one in given if len(one) >= _MIN_SECRET_LENGTH and one.lower() != "invitations")


def _tell_arguments(record: logging.LogRecord) -> bool:
    """Format errors in the messages of libraries like all other errors."""
    if isinstance(record.msg, BaseException):
        record.msg = describe(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(describe(one) if isinstance(one, BaseException) else one for one in record.args)
    return True


def _console() -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _to_json(_logger: object, _method: str, event: EventDict) -> str:
    try:
        return to_json(event, fallback=repr).decode()
    except ValueError:
        # A lone surrogate, which only the ASCII encoder can write.
        return json.dumps(event, default=repr)


def _take_what_nobody_caught() -> None:
    """Log uncaught errors of the process and its threads, unless other hooks handle them."""
    log = structlog.get_logger("diptych")

    def end_of_process(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
        else:
            log.critical("the process ended with an error", exc_info=error)

    def end_of_thread(failure: threading.ExceptHookArgs) -> None:
        if failure.exc_value is not None and not isinstance(failure.exc_value, SystemExit):
            log.error("a thread ended with an error", exc_info=failure.exc_value)

    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = end_of_process
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = end_of_thread
