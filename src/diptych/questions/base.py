"""What every question type can do."""

from abc import abstractmethod
from typing import Any

from pydantic import BaseModel


class QuestionSettings(BaseModel):
    """The settings of a question; a subclass is a type, its ``type`` the name on the wire."""

    type: str

    @abstractmethod
    def check_value(self, value: Any) -> None:
        """Raise ``InvalidError`` with a sentence for a person unless ``value`` is a possible answer."""
