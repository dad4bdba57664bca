"""Checks for names of users."""

from diptych.core.errors import InvalidError

MAX_LENGTH = 100


def is_username(name: str) -> bool:
    """Return whether this is a valid login name: visible characters, and no space at the ends."""
    return 0 < len(name) <= MAX_LENGTH and name == name.strip() and name.isprintable()


def check_username(name: str) -> None:
    """Raise ``InvalidError`` if this is not a valid login name."""
    if not is_username(name):
        raise InvalidError(
            f"A name needs 1 to {MAX_LENGTH} visible characters, and no space at its start or end.",
            field="username",
        )


def check_text(text: str, *, field: str) -> None:
    """Raise ``InvalidError`` if a text is too long for a name, or if PostgreSQL cannot store it."""
    if len(text) > MAX_LENGTH or any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise InvalidError(f"{field}: use text of at most {MAX_LENGTH} characters.", field=field)
