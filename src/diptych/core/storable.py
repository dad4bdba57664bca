"""What the database can hold: JSON without NUL characters, halves of characters and numbers that are none."""

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
    """Say whether the database can hold a text."""
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
    """Say why the database cannot hold a JSON value, if so; the text ends a sentence about the value."""
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
            # All at once: rows of a file mostly hold many short texts.
            return None if is_storable_text("".join(texts)) else _FLAW_OF_TEXT
        level = below
    return _FLAW_OF_DEPTH


def has_infinite(value: Any) -> bool:
    """Say whether a JSON value holds a number that is not finite."""
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


def find_unstorable(value: Any, place: str = "body") -> str | None:
    """Return where a JSON value has a flaw of text or numbers, as in ``body.values.0``."""
    if isinstance(value, float):
        return None if isfinite(value) else place
    if isinstance(value, str):
        return None if is_storable_text(value) else place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    places = (
        find_unstorable(str(key), place) or find_unstorable(one, f"{place}.{key}") for key, one in items
    )
    return next(filter(None, places), None)


def shown(value: Any) -> str:
    """Return a value as a message shows it: short, and printable whatever it holds."""
    return _repr.repr(value)


def printable(name: str) -> str:
    """Return a name that somebody sent as an answer to them can carry it, which is JSON too."""
    return name if is_storable_text(name) else shown(name)


def _check_text(text: str) -> str:
    if not is_storable_text(text):
        message = f"the text {_FLAW_OF_TEXT}"
        raise ValueError(message)
    return text


Text = Annotated[str, AfterValidator(_check_text)]
