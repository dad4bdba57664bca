"""Metadata of records: the declared properties and the checks that follow from them."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from diptych.core.errors import InvalidError
from diptych.core.storable import Text, find_flaw, is_storable_text, printable, shown
from diptych.core.typed_settings import TypedSettings, parse_typed
from diptych.models import MetadataProperty

_Term = Text | bool | int | float
# How many terms a message lists.
_LISTED = 10


class PropertySettings(TypedSettings):
    """The settings of a metadata property; a subclass is a type."""

    @abstractmethod
    def find_misfit(self, value: Any) -> str | None:
        """Return why a value that is not null is invalid, as the end of a sentence about it, or None."""


class TermsSettings(PropertySettings):
    """A term, or a list of them: one of up to 250 ``values``, or any."""

    type: Literal["terms"] = "terms"
    values: Annotated[list[_Term], Field(min_length=1, max_length=250)] | None = None

    @cached_property
    def _allowed(self) -> frozenset[Any] | None:
        return None if self.values is None else frozenset(self.values)

    def find_misfit(self, value: Any) -> str | None:
        """Accept a term or a list of terms."""
        for term in value if isinstance(value, list) else (value,):
            if not isinstance(term, (str, int, float)):
                return "has to be a term or a list of terms"
            if self._allowed is not None and term not in self._allowed:
                known = ", ".join(map(str, (self.values or [])[:_LISTED]))
                return f"is not one of {known}{', …' if len(self._allowed) > _LISTED else ''}"
        return find_flaw(value)


class IntegerSettings(PropertySettings):
    """A whole number from ``min`` to ``max``."""

    type: Literal["integer"] = "integer"
    min: int | None = None
    max: int | None = None

    @model_validator(mode="after")
    def _min_is_less(self) -> Self:
        _check_range(self.min, self.max)
        return self

    def find_misfit(self, value: Any) -> str | None:
        """Accept a whole number."""
        if type(value) is not int:
            return "is not a number of type integer"
        return _outside(value, self.min, self.max)


class FloatSettings(PropertySettings):
    """A number from ``min`` to ``max``."""

    type: Literal["float"] = "float"
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _min_is_less(self) -> Self:
        _check_range(self.min, self.max)
        return self

    def find_misfit(self, value: Any) -> str | None:
        """Accept a finite number."""
        if type(value) is not float and type(value) is not int:
            return "is not a number of type float"
        return find_flaw(value) or _outside(value, self.min, self.max)


TYPES: dict[str, type[PropertySettings]] = {
    "terms": TermsSettings,
    "integer": IntegerSettings,
    "float": FloatSettings,
}


def parse_property_settings(settings: Mapping[str, Any]) -> PropertySettings:
    """Return the settings of a metadata property as an object of its type, or raise ``InvalidError``."""
    return parse_typed(TYPES, settings, of="metadata property")


class MetadataRules:
    """Checks the metadata of records against the declared properties of their dataset.

    ``reserved`` are the names that only declared properties may have, see ``columns.reserved_names``.
    """

    def __init__(
        self, properties: Iterable[MetadataProperty], *, reserved: Collection[str], allow_extra: bool
    ) -> None:
        self.properties = {item.name: parse_property_settings(item.settings) for item in properties}
        self._reserved = reserved
        self._allow_extra = allow_extra

    def check(self, metadata: Mapping[str, Any]) -> None:
        """Raise ``InvalidError`` for the first invalid key or value; its ``field`` is the key."""
        for name, value in metadata.items():
            declared = self.properties.get(name)
            if declared is None:
                self._check_name(name)
            elif value is None:
                continue
            misfit = find_flaw(value) if declared is None else declared.find_misfit(value)
            if misfit is not None:
                raise InvalidError(f"The value {shown(value)} of {name!r} {misfit}.", field=name)

    def _check_name(self, name: str) -> None:
        reason = None
        if name in self._reserved:
            reason = "metadata cannot have this name, because exports use it for something else"
        elif not self._allow_extra:
            reason = "the dataset has no such metadata property and does not allow others"
        elif not is_storable_text(name):
            reason = "the name contains a NUL character, or half a character (a lone surrogate)"
        if reason is not None:
            raise InvalidError(f"{shown(name)}: {reason}.", field=printable(name))


def _check_range(least: float | None, most: float | None) -> None:
    if least is not None and most is not None and least >= most:
        message = f"min {least} is not less than max {most}"
        raise ValueError(message)


def _outside(value: float, least: float | None, most: float | None) -> str | None:
    if least is not None and value < least:
        return f"is less than {least}"
    if most is not None and value > most:
        return f"is more than {most}"
    return None
