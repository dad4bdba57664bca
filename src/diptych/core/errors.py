"""Errors for callers: each has its HTTP status and a code for programs."""

from collections.abc import Mapping
from typing import Any


class DiptychError(Exception):
    """The base of all errors that services raise.

    ``message`` is a sentence for people: what is wrong, where, and what to do.
    ``params`` are facts for programs, such as the invalid field.
    """

    status = 500
    code = "error"

    def __init__(self, message: str, /, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers of this error."""
        return {}


class UnauthorizedError(DiptychError):
    """The caller is not logged in, or the credentials are wrong."""

    status = 401
    code = "unauthorized"


class ForbiddenError(DiptychError):
    """The caller is known but may not do this."""

    status = 403
    code = "forbidden"


class NotFoundError(DiptychError):
    """The thing does not exist, or the caller may not see it."""

    status = 404
    code = "not_found"


class ConflictError(DiptychError):
    """The thing already exists, or its state forbids the change."""

    status = 409
    code = "conflict"


class TooLargeError(DiptychError):
    """The request is larger than the server accepts."""

    status = 413
    code = "too_large"


class UnsupportedError(DiptychError):
    """The request has a type that the server does not read."""

    status = 415
    code = "unsupported"


class InvalidError(DiptychError):
    """The values in the request are invalid."""

    status = 422
    code = "invalid"


class RetryLaterError(DiptychError):
    """The base of temporary errors; ``retry_after`` is in seconds."""

    def __init__(self, message: str, /, *, retry_after: int, **params: Any) -> None:
        super().__init__(message, **params)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """``Retry-After`` in seconds."""
        return {"Retry-After": str(self.retry_after)}


class TooManyRequestsError(RetryLaterError):
    """Too many attempts in too short a time."""

    status = 429
    code = "too_many_requests"


class UnavailableError(RetryLaterError):
    """The server cannot answer right now, usually because its database cannot."""

    status = 503
    code = "unavailable"
