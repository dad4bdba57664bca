"""Errors that are somebody's business: each carries its HTTP status and a code for programs."""

from collections.abc import Mapping
from typing import Any


class DiptychError(Exception):
    """The base of every error a service raises.

    ``message`` is a sentence for a person: what is wrong, where, and what to do.
    ``params`` are facts for a program, such as the field at fault.
    """

    status = 500
    code = "error"

    def __init__(self, message: str, /, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers that belong to this error."""
        return {}


class UnauthorizedError(DiptychError):
    """Nobody is logged in, or the credentials are wrong."""

    status = 401
    code = "unauthorized"


class ForbiddenError(DiptychError):
    """The person is known and may not do this."""

    status = 403
    code = "forbidden"


class NotFoundError(DiptychError):
    """The thing does not exist, or not for this person."""

    status = 404
    code = "not_found"


class ConflictError(DiptychError):
    """The thing exists already, or its state forbids the change."""

    status = 409
    code = "conflict"


class TooLargeError(DiptychError):
    """What was sent is larger than the server accepts."""

    status = 413
    code = "too_large"


class UnsupportedError(DiptychError):
    """What was sent is of a kind that the server does not read."""

    status = 415
    code = "unsupported"


class InvalidError(DiptychError):
    """The values sent do not fit."""

    status = 422
    code = "invalid"


class RetryLaterError(DiptychError):
    """The base of the errors that time heals; ``retry_after`` is in seconds."""

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
    """The server cannot answer now, mostly because its database cannot."""

    status = 503
    code = "unavailable"
