"""The outermost middleware: it turns every failure into a response of ours."""

from collections.abc import Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diptych.core.log import REQUEST_ID_HEADER, begin_request
from diptych.core.security import with_security_headers

_log = structlog.get_logger("diptych")
# Errors that Starlette would send as plain text, before or instead of a handler.
_REFUSALS = {
    400: "The request cannot be read",
    413: "The request is larger than the server accepts",
    416: "The file has no such part",
}
_OF_BODY = frozenset({b"content-length", b"content-type"})
# The response if the error page itself fails.
_BARE_PAGE = (
    "<!DOCTYPE html><title>Error</title><p>Something went wrong on the server; please try again later.</p>"
)


class LastResortMiddleware:
    """Sends our own response for an error of any layer, and instead of plain-text errors.

    ``answer`` returns the response to an error. After a part of a response was sent, the error is raised
    again: the server then logs it and breaks the connection, so that the client notices the missing rest.
    """

    def __init__(self, app: ASGIApp, *, answer: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_started = is_replaced = False

        async def watch(message: Message) -> None:
            nonlocal has_started, is_replaced
            if message["type"] == "http.response.start":
                has_started = True
                is_replaced = _is_plain_refusal(message)
                if is_replaced:
                    refusal = HTTPException(message["status"], _REFUSALS[message["status"]])
                    response = self._answer(scope, refusal)
                    response.raw_headers += [one for one in message["headers"] if one[0] not in _OF_BODY]
                    await response(scope, receive, send)
            if not is_replaced:
                await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if has_started:
                raise
            request_id = begin_request(scope)
            response = self._answer(scope, error)
            response.raw_headers = with_security_headers(
                [*response.raw_headers, (REQUEST_ID_HEADER, request_id.encode())]
            )
            await response(scope, receive, send)

    def _answer(self, scope: Scope, error: Exception) -> Response:
        try:
            return self.answer(Request(scope), error)
        except Exception as broken:  # noqa: BLE001 - the client gets a response whatever fails
            _log.exception("the error page is broken", exc_info=broken)
            return HTMLResponse(_BARE_PAGE, status_code=500)


def _is_plain_refusal(message: Message) -> bool:
    kind = next((value for name, value in message["headers"] if name == b"content-type"), b"")
    return message["status"] in _REFUSALS and kind.startswith(b"text/plain")
