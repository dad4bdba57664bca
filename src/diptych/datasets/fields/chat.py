"""A conversation."""

from typing import Any, Literal

from diptych.core.errors import InvalidError
from diptych.core.storable import find_flaw
from diptych.datasets.fields.base import FieldSettings

_MAX_MESSAGES = 500
_MAX_ROLE_LENGTH = 20
_MAX_CONTENT_LENGTH = 20_000


class ChatFieldSettings(FieldSettings):
    """Messages, each with a role and a content, which ``use_markdown`` shows as Markdown."""

    type: Literal["chat"] = "chat"
    use_markdown: bool = True

    def check_value(self, value: Any) -> None:
        """Accept up to 500 messages; what they say besides role and content is kept."""
        if not isinstance(value, list) or len(value) > _MAX_MESSAGES:
            raise InvalidError(f"A chat field holds a list of up to {_MAX_MESSAGES} messages.")
        for number, message in enumerate(value, 1):
            _check_message(number, message)
        if flaw := find_flaw(value):
            raise InvalidError(f"The chat {flaw}.")


def _check_message(number: int, message: Any) -> None:
    if not isinstance(message, dict):
        raise InvalidError(f"Message {number} has to be an object with a role and a content.")
    for key, longest in (("role", _MAX_ROLE_LENGTH), ("content", _MAX_CONTENT_LENGTH)):
        text = message.get(key)
        if not isinstance(text, str) or not 1 <= len(text) <= longest:
            raise InvalidError(f"The {key} of message {number} has to be 1 to {longest:,} characters.")
