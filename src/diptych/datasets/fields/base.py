"""What every field type can do."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from diptych.core.typed_settings import TypedSettings


class FieldSettings(TypedSettings):
    """The settings of a field; a subclass is a type. What is null has its default."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in settings.items() if value is not None}

    @abstractmethod
    def check_value(self, value: Any) -> None:
        """Raise ``InvalidError`` with a sentence for a person unless a record can hold ``value``."""
