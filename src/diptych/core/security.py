"""Security headers of all responses, trusted proxies, and protection against cross-site requests."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diptych.core.errors import DiptychError, ForbiddenError
from diptych.core.log import REQUEST_ID_HEADER

RawHeaders = list[tuple[bytes, bytes]]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Pictures may come from anywhere on the web, or be ``data:`` URLs in records, as the Argilla SDK sends them.
# Everything else comes from this server, and nothing is inline.
CONTENT_SECURITY_POLICY = "; ".join(  # noqa: FLY002 - one directive a line
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' https: http: data:",
        "frame-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

_HEADERS = Headers(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
).raw


# For pages with a secret address: the browser sends it to no server, not even this one. Unlike
# ``no-referrer``, forms still send the ``Origin`` that identifies them as ours.
HIDE_ADDRESS = {"Referrer-Policy": "strict-origin"}


def host_cookie(request: Request, name: str) -> str:
    """Return the full name of a cookie; over https it has the prefix ``__Host-``, which browsers protect."""
    return f"__Host-{name}" if request.scope["scheme"] == "https" else name


def session_cookie(request: Request) -> str:
    """Return the name of the session cookie."""
    return host_cookie(request, "diptych_session")


def session_token(request: Request) -> str | None:
    """Return the session token that the browser sent."""
    return request.cookies.get(session_cookie(request))


def with_security_headers(headers: RawHeaders) -> RawHeaders:
    """Return the headers of a response plus the security headers that it does not set."""
    given = {name.lower() for name, _ in headers}
    return [*headers, *(header for header in _HEADERS if header[0] not in given)]


class SecurityHeadersMiddleware:
    """Adds the security headers to every response that does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_security_headers(message["headers"])
            await send(message)

        await self.app(scope, receive, send_with_headers)


class TrustedProxyMiddleware:
    """Trusts ``X-Forwarded-*`` and ``X-Request-Id`` only from trusted proxies."""

    def __init__(self, app: ASGIApp, *, trusted: str) -> None:
        # Imported here, because the parent process of several workers handles no requests.
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: PLC0415

        self.app = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]  # uvicorn's types are its own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer = (scope.get("client") or (None,))[0]
            if peer not in self.app.trusted_hosts:
                scope["headers"] = [one for one in scope["headers"] if one[0] != REQUEST_ID_HEADER]
        await self.app(scope, receive, send)  # type: ignore[arg-type]  # as above


def is_cross_site(headers: Headers) -> bool:
    """Return whether a page of another site made the browser send this request.

    Browsers send ``Sec-Fetch-Site`` (Fetch Metadata, W3C). Older ones still send ``Origin``, which must then
    name this host. A client that sends neither is not a browser, so another site cannot use its cookies.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and _host_of(origin) != headers.get("host")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


class CrossSiteMiddleware:
    """Refuses requests from pages of other sites that change something."""

    def __init__(self, app: ASGIApp, *, refuse: Callable[[Scope, DiptychError], ASGIApp]) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if (
            scope["type"] == "http"
            and scope["method"] not in SAFE_METHODS
            and is_cross_site(Headers(scope=scope))
        ):
            error = ForbiddenError("This request came from another site's page, so nothing was changed.")
            app = self.refuse(scope, error)
        await app(scope, receive, send)
