"""A text."""

from typing import Any, Literal

from diptych.core.errors import InvalidError
from diptych.core.storable import find_flaw, shown
from diptych.datasets.fields.base import FieldSettings


class TextFieldSettings(FieldSettings):
    """Text of any length, none included, which ``use_markdown`` shows as Markdown."""

    type: Literal["text"] = "text"
    use_markdown: bool = False

    def check_value(self, value: Any) -> None:
        """Accept text."""
        if not isinstance(value, str):
            raise InvalidError(f"A text field holds text, not {shown(value)}.")
        if flaw := find_flaw(value):
            raise InvalidError(f"The text {flaw}.")
