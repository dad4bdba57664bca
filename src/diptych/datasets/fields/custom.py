"""Anything, shown by a template."""

from typing import Any, Literal

from diptych.core.errors import InvalidError
from diptych.core.storable import Text, find_flaw, shown
from diptych.datasets.fields.base import FieldSettings


class CustomFieldSettings(FieldSettings):
    """A JSON object, shown by a Handlebars template, or by a sandboxed page in ``advanced_mode``."""

    type: Literal["custom"] = "custom"
    template: Text
    advanced_mode: bool = False

    def check_value(self, value: Any) -> None:
        """Accept any object."""
        if not isinstance(value, dict):
            raise InvalidError(f"A custom field holds an object, not {shown(value)}.")
        if flaw := find_flaw(value):
            raise InvalidError(f"The object {flaw}.")
