"""What every field type can do."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from diptych.core.errors import InvalidError
from diptych.core.typed_settings import TypedSettings


class MisfitError(InvalidError):
    """A value does not fit; ``reason`` goes on after the name of its field, or of the part at ``path``."""

    def __init__(self, reason: str, *path: str) -> None:
        place = ".".join(path)
        super().__init__(
            f"The field {place!r} {reason}." if path else f"The value {reason}.",
            **({"field": place} if path else {}),
        )
        self.reason = reason
        self.path = path

    def within(self, name: str) -> "MisfitError":
        """Return the error of the field whose value this is about."""
        return MisfitError(self.reason, name, *self.path)


class FieldSettings(TypedSettings):
    """The settings of a field; a subclass is a type. What is null has its default."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in settings.items() if value is not None}

    @abstractmethod
    def check_value(self, value: Any) -> None:
        """Raise ``InvalidError`` with a sentence for a person unless a record can hold ``value``."""
