"""What every field type can do."""

from abc import abstractmethod
from typing import Any

from diptych.questions.settings import TypedSettings


class FieldSettings(TypedSettings):
    """The settings of a field; a subclass is a type."""

    @abstractmethod
    def check_value(self, value: Any) -> None:
        """Raise ``InvalidError`` with a sentence for a person unless a record can hold ``value``."""
