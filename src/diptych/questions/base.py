"""What every question type can do."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from diptych.core.typed_settings import TypedSettings


class QuestionSettings(TypedSettings):
    """The settings of a question; a subclass is a type."""

    def parse_value(
        self, value: Any, *, partial: bool = False, fields: Mapping[str, Any] | None = None
    ) -> Any:
        """Return an answer as it is stored, or raise ``InvalidError`` with a sentence for a person.

        ``partial`` allows what is not finished, as drafts and suggestions are. With the ``fields`` of the
        record, an answer that refers to them is compared with them.
        """
        parsed = self._parse(value)
        if not partial:
            self._check_complete(parsed)
        if fields is not None:
            self._check_against(parsed, fields)
        return parsed

    @abstractmethod
    def _parse(self, value: Any) -> Any:
        """Return an answer as it is stored, or raise ``InvalidError``."""

    def _check_complete(self, parsed: Any) -> None:
        """Raise ``InvalidError`` if an answer is not finished."""

    def _check_against(self, parsed: Any, fields: Mapping[str, Any]) -> None:
        """Raise ``InvalidError`` if an answer does not fit the fields of its record."""
