"""Checks that the database can store a value: JSON without NUL, lone surrogates, NaN and infinite numbers."""

from math import isfinite
from reprlib import Repr
from typing import Annotated, Any

from pydantic import AfterValidator

DEEPEST = 100
_FLAW_OF_TEXT = "contains a NUL character, or half a character (a lone surrogate)"
_FLAW_OF_NUMBERS = "contains NaN or an infinite number"
_FLAW_OF_DEPTH = f"is nested more than {DEEPEST} levels deep"

_repr = Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = 100


def is_storable_text(text: str) -> bool:
    """Return whether the database can store a text."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def find_flaw(value: Any) -> str | None:
    """Return why the database cannot store a JSON value, as the end of a sentence about it, or None."""
    if isinstance(value, str):
        return None if is_storable_text(value) else _FLAW_OF_TEXT
    level, texts = [value], []
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                texts.append(item)
            elif isinstance(item, dict):
                below += item.keys()
                below += item.values()
            elif isinstance(item, list):
                below += item
            elif isinstance(item, float) and not isfinite(item):
                return _FLAW_OF_NUMBERS
        if not below:
            # One check for all texts: rows of a file usually have many short texts.
            return None if is_storable_text("".join(texts)) else _FLAW_OF_TEXT
        level = below
    return _FLAW_OF_DEPTH


def has_infinite(value: Any) -> bool:
    """Return whether a JSON value contains a number that is not finite."""
    level = [value]
    while level:
        item = level.pop()
        if isinstance(item, dict):
            level += item.values()
        elif isinstance(item, list):
            level += item
        elif isinstance(item, float) and not isfinite(item):
            return True
    return False


def find_unstorable(value: Any, location: str = "body") -> str | None:
    """Return the location of an invalid text or number in a JSON value, such as ``body.values.0``."""
    if isinstance(value, float):
        return None if isfinite(value) else location
    if isinstance(value, str):
        return None if is_storable_text(value) else location
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    locations = (
        find_unstorable(str(key), location) or find_unstorable(one, f"{location}.{key}") for key, one in items
    )
    return next(filter(None, locations), None)


def shown(value: Any) -> str:
    """Return a value for a message: short and printable."""
    return _repr.repr(value)


def printable(name: str) -> str:
    """Return a name from a request so that a JSON reply can contain it."""
    return name if is_storable_text(name) else shown(name)


def _check_text(text: str) -> str:
    if not is_storable_text(text):
        message = f"the text {_FLAW_OF_TEXT}"
        raise ValueError(message)
    return text


Text = Annotated[str, AfterValidator(_check_text)]
