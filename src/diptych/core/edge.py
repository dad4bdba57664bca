"""Reads and checks the content of requests once: text is UTF-8 without NUL, numbers are finite."""

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic_core import from_json
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from diptych.core.errors import DiptychError, InvalidError, NotFoundError, UnsupportedError
from diptych.core.storable import find_unstorable, has_infinite, is_storable_text, shown

_UTF_8 = {b"utf-8", b"utf8"}
_CHARSET = re.compile(r";\s*charset[^=;]*=[^;]*", re.IGNORECASE)


class EdgeMiddleware:
    """Refuses requests whose address or form is not text, so that handlers can rely on text."""

    def __init__(self, app: ASGIApp, *, refuse: Callable[[Scope, DiptychError], ASGIApp]) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = _find_fault(scope) if scope["type"] == "http" else None
        app = self.refuse(scope, error) if error else self.app
        await app(scope, receive, send)


def _find_fault(scope: Scope) -> DiptychError | None:
    path = (scope.get("raw_path") or b"").partition(b"?")[0]
    if not (is_storable_text(scope["path"]) and _is_text(unquote_to_bytes(path))):
        return NotFoundError("There is no such page: the address is not UTF-8 text.")
    if not _is_text(unquote_to_bytes(scope["query_string"])):
        return _explain_query(scope["query_string"])
    kind = Headers(scope=scope).get("content-type", "")
    if "charset" in kind.lower() and _charset(kind).lower() not in _UTF_8:
        return UnsupportedError("The body has to be in UTF-8: leave out the charset, or send charset=utf-8.")
    return None


def _explain_query(query: bytes) -> InvalidError:
    pairs = (pair.partition(b"=") for pair in query.split(b"&"))
    name = next(name for name, _, value in pairs if not _is_text(unquote_to_bytes(name + b"=" + value)))
    field = shown(unquote(name.decode("ascii", "replace"))).strip("'\"")
    return InvalidError(f"{field}: this is not UTF-8 text, or contains a NUL character.", field=field)


def _charset(content_type: str) -> bytes:
    return parse_options_header(content_type)[1].get(b"charset", b"utf-8")


def _is_text(sent: bytes) -> bool:
    try:
        return "\0" not in sent.decode()
    except UnicodeDecodeError:
        return False


def read_json(body: bytes) -> Any:
    """Return the value of a JSON body.

    Raises ``InvalidError`` if the body is not JSON in UTF-8, or has invalid numbers or texts.
    """
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise _explain(body, str(error)) from None
    if has_infinite(value):
        raise _explain(body, "a number is too large")
    return value


def _explain(body: bytes, reason: str) -> InvalidError:
    """Return the error of a body, with the location if Python's more tolerant parser can read the body."""
    try:
        location = find_unstorable(json.loads(body))
    except (ValueError, RecursionError):
        location = None
    if location is None:
        return InvalidError(f"The body is not valid JSON in UTF-8: {reason}.")
    return InvalidError(f"{location}: this is not a finite number, or is half a character.", field=location)


class CheckedRequest(Request):
    """A request that checks its form and its JSON while reading them."""

    async def json(self) -> Any:
        """Return the body as ``read_json`` reads it."""
        return read_json(await self.body())

    async def _get_form(self, **limits: Any) -> FormData:
        # Starlette's ``form()`` calls this, and expects the same form from every call.
        if self._form is None:
            self._form = await self._read_form(**limits)
        return self._form

    async def _read_form(self, **limits: Any) -> FormData:
        kind, _ = parse_options_header(self.headers.get("content-type"))
        if kind == b"application/x-www-form-urlencoded":
            return _parse_pairs(await self.body(), **limits)
        # Starlette reads invalid UTF-8 as Latin-1. Reading everything as Latin-1 keeps the bytes as sent.
        form = await Request(self._in_latin_1(), self._receive).form(**limits)
        try:
            return FormData([(_decode(name), _decode_value(value)) for name, value in form.multi_items()])
        except InvalidError:
            await form.close()
            raise

    def _in_latin_1(self) -> Scope:
        kind = _CHARSET.sub("", self.headers.get("content-type", "")) + "; charset=latin-1"
        others = [one for one in self.scope["headers"] if one[0] != b"content-type"]
        return {**self.scope, "headers": [*others, (b"content-type", kind.encode("latin-1"))]}


def _parse_pairs(body: bytes, *, max_fields: int = 1000, **_others: Any) -> FormData:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=max_fields)
    except UnicodeDecodeError:
        raise InvalidError("The form is not UTF-8 text.") from None
    except ValueError:
        raise InvalidError(f"The form has more than {max_fields} fields.") from None
    return FormData([(_check(name), _check(value)) for name, value in pairs])


def _decode_value(value: str | UploadFile) -> str | UploadFile:
    if isinstance(value, str):
        return _decode(value)
    value.filename = _decode(value.filename or "")
    return value


def _decode(latin_1: str) -> str:
    try:
        return _check(latin_1.encode("latin-1").decode())
    except UnicodeDecodeError:
        raise InvalidError("The form is not UTF-8 text.") from None


def _check(text: str) -> str:
    if not is_storable_text(text):
        raise InvalidError("The form contains a NUL character.")
    return text


class CheckedRoute(APIRoute):
    """A route whose handler gets a ``CheckedRequest``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler behind the checks."""
        handle = super().get_route_handler()

        async def handle_checked(request: Request) -> Response:
            return await handle(CheckedRequest(request.scope, request.receive))

        return handle_checked


class Router(APIRouter):
    """A router of checked routes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=CheckedRoute, **options)
