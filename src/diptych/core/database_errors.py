"""Translates database errors into errors for callers, by the class of the SQLSTATE.

See appendix A of PostgreSQL's documentation, https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from collections.abc import Callable

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from diptych.core.errors import ConflictError, DiptychError, InvalidError, UnavailableError

# All errors of the driver and of SQLAlchemy.
KINDS = (psycopg.Error, SQLAlchemyError)


def _busy() -> DiptychError:
    return UnavailableError("The server is busy; please try again in a moment.", retry_after=1)


def _no_answer() -> DiptychError:
    return UnavailableError("The database is not responding; please try again in a moment.", retry_after=5)


def _misfit() -> DiptychError:
    return InvalidError("A value does not fit: it is too long, too large or of the wrong type.")


def _too_much() -> DiptychError:
    return InvalidError("The request is too long, or nested too deeply, for the database.")


def _exists() -> DiptychError:
    return ConflictError(
        "This already exists; another request may have just created it. Please check and try again."
    )


def _clash() -> DiptychError:
    return ConflictError("The item this belongs to was just changed or deleted. Please check and try again.")


# By the longest matching prefix of the SQLSTATE. Server-side problems pass, so the caller can retry.
_MEANINGS: dict[str, Callable[[], DiptychError] | None] = {
    "08": _no_answer,
    "22": _misfit,
    # A division by zero is a bug.
    "22012": None,
    "23001": _clash,
    "23503": _clash,
    "23505": _exists,
    "23P01": _clash,
    "25": _no_answer,
    "40": _busy,
    "53": _busy,
    "54": _too_much,
    "55": _busy,
    "57": _no_answer,
    "57014": _busy,
}
_UNREACHABLE = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)


def to_caller(error: Exception) -> DiptychError | None:
    """Return the error to show to a caller for a database error, or None if it is a bug."""
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None) or ""
    meaning = _MEANINGS.get(state, _MEANINGS.get(state[:2]))
    if not state:
        meaning = _without_state(error, original)
    return meaning() if meaning else None


def _without_state(error: Exception, original: object) -> Callable[[], DiptychError] | None:
    """Return the meaning of an error without a SQLSTATE: the statement was not sent, or had no reply."""
    if isinstance(error, PoolTimeoutError):
        return _busy
    if isinstance(error, _UNREACHABLE):
        return _no_answer
    return _misfit if isinstance(original, psycopg.DataError) else None
