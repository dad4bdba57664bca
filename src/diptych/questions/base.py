"""What every question type can do."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from diptych.core.kinds import Kind, Scalar
from diptych.core.typed_settings import TypedSettings
from diptych.questions.aggregate import Aggregate


class QuestionSettings(TypedSettings):
    """The settings of a question; a subclass is a type.

    ``exported_as`` is what an export's column holds for an answer. Where an answer is a list of objects,
    searches compare its ``searched_member``, and exports keep its ``exported_member`` only.
    """

    exported_as: ClassVar[Kind]
    searched_member: ClassVar[str | None] = None
    exported_member: ClassVar[str | None] = None

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

    @classmethod
    def read_cell(cls, cell: str) -> Any:
        """Return the answer in a cell of an exported table: text as it is, anything else from JSON.

        Raises ``ValueError`` or ``RecursionError`` for what is not JSON.
        """
        return cell if cls.exported_as == Scalar.TEXT else json.loads(cell)

    @abstractmethod
    def aggregate(self, values: Sequence[Any]) -> Aggregate:
        """Return the one value that the answers add up to: stored, finished, of one person or more."""

    def check_fields(self, types: Mapping[str, str]) -> None:
        """Raise ``InvalidError`` if a dataset whose fields have these types cannot ask this question."""

    @abstractmethod
    def _parse(self, value: Any) -> Any:
        """Return an answer as it is stored, or raise ``InvalidError``."""

    def _check_complete(self, parsed: Any) -> None:
        """Raise ``InvalidError`` if an answer is not finished."""

    def _check_against(self, parsed: Any, fields: Mapping[str, Any]) -> None:
        """Raise ``InvalidError`` if an answer does not fit the fields of its record."""
