"""Errors as text for the log: their type and origin, without the values that caused them."""

from collections.abc import Iterator
from itertools import chain
from traceback import format_tb
from typing import Any

import psycopg
from sqlalchemy.exc import StatementError

# The database's messages for these errors quote values: an invalid value, the words of a search.
_QUOTES_VALUES = ("22", "42601")
_CAUSE = "The above exception was the direct cause of the following exception:"
_CONTEXT = "During handling of the above exception, another exception occurred:"


def describe(error: BaseException) -> str:
    """Return the type and message of an error, like the last line of a traceback.

    Values in the messages of databases and validators are left out.
    """
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = _message(error)
    return f"{name}: {message}" if message else name


def format_traceback(error: BaseException) -> str:
    """Return the traceback of an error and of its causes: lines of code without local variables."""
    return "\n".join(_lines(error, set()))


def escape_controls(text: str) -> str:
    """Return a text as one line without control characters, which a terminal would interpret."""
    return (
        text
        if text.isprintable()
        else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
    )


def _message(error: BaseException) -> str:
    if isinstance(error, StatementError):
        return describe(error.orig) if error.orig else _first_line(error)
    if isinstance(error, psycopg.Error):
        is_told = not (error.sqlstate or "").startswith(_QUOTES_VALUES)
        return _first_line(error) if is_told else f"SQLSTATE {error.sqlstate}"
    flaws = getattr(error, "errors", None)
    if callable(flaws):
        return "; ".join(map(_flaw, flaws()))
    return "\n  ".join(escape_controls(line) for line in _text(error).splitlines())


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error whose message fails is logged anyway
        return "(without a message)"


def _first_line(error: BaseException) -> str:
    """Return the first line of a message; the lines after it (DETAIL, CONTEXT, statement) contain values."""
    return escape_controls(_text(error).partition("\n")[0])


def _flaw(flaw: Any) -> str:
    """Return the location and type of one validation error of pydantic or FastAPI."""
    if not isinstance(flaw, dict):
        return escape_controls(type(flaw).__name__)
    location = ".".join(str(part) for part in flaw.get("loc", ()))
    return escape_controls(f"{location}: {flaw.get('type')}")


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before, link = error.__cause__, _CAUSE
    if before is None and not error.__suppress_context__:
        before, link = error.__context__, _CONTEXT
    if before is not None and id(before) not in seen:
        yield from chain(_lines(before, seen), ["", link, ""])
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        for frame in format_tb(error.__traceback__):
            yield frame.rstrip("\n")
    yield describe(error)
    if isinstance(error, BaseExceptionGroup):
        for number, one in enumerate(error.exceptions, start=1):
            yield f"  +---------------- {number} ----------------"
            yield from (f"  | {line}".replace("\n", "\n  | ") for line in _lines(one, seen))
