"""What is known of a record besides its fields."""

from collections.abc import Mapping
from typing import Any

from diptych.imports.problems import RowError
from diptych.imports.schema import Schema
from diptych.models import MetadataProperty

_NUMBERS = {"integer": int, "float": float}


class MetadataRules:
    """Checks metadata against the properties that a dataset declares."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._free = frozenset(name for name, item in schema.properties.items() if _is_free(item))

    def check(self, metadata: Mapping[str, Any]) -> None:
        """Raise ``RowError`` for the first key or value that does not fit."""
        for name, value in metadata.items():
            if name not in self._free:
                self._check_one(name, value)

    def _check_one(self, name: str, value: Any) -> None:
        declared = self._schema.properties.get(name)
        if declared is not None:
            _check_value(declared, value)
        elif name in self._schema.reserved:
            raise RowError(name, "metadata cannot have this name, which means something else in an export")
        elif not self._schema.allow_extra_metadata:
            raise RowError(name, "the dataset has no such metadata property and allows no others")


def parse_number(declared: MetadataProperty, text: str) -> Any:
    """Return the number that a cell of a text file holds for an integer or float property."""
    kind = declared.settings["type"]
    try:
        return _NUMBERS[kind](text)
    except ValueError:
        raise RowError(declared.name, f"{text!r} is not a number of type {kind}") from None


def is_number(declared: MetadataProperty) -> bool:
    """Say whether a property holds numbers."""
    return declared.settings["type"] in _NUMBERS


def _is_free(declared: MetadataProperty) -> bool:
    return declared.settings["type"] == "terms" and not declared.settings.get("values")


def _check_value(declared: MetadataProperty, value: Any) -> None:
    if value is None:
        return
    if is_number(declared):
        _check_number(declared, value)
        return
    allowed = declared.settings.get("values")
    for term in value if isinstance(value, list) else [value]:
        if allowed and term not in allowed:
            raise RowError(declared.name, f"{term!r} is not one of {', '.join(map(str, allowed))}")


def _check_number(declared: MetadataProperty, value: Any) -> None:
    kind = declared.settings["type"]
    fits = isinstance(value, int) or (kind == "float" and isinstance(value, float))
    if isinstance(value, bool) or not fits:
        raise RowError(declared.name, f"{value!r} is not a number of type {kind}")
    least, most = declared.settings.get("min"), declared.settings.get("max")
    if (least is not None and value < least) or (most is not None and value > most):
        raise RowError(declared.name, f"{value} is outside of {least} to {most}")
