"""Choose one label or more."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from diptych.core.errors import InvalidError
from diptych.core.kinds import Kind, ListOf, Scalar
from diptych.questions.aggregate import Aggregate, majority
from diptych.questions.options import Option, ShownOptionSettings


class MultiLabelSelectionSettings(ShownOptionSettings):
    """Any of 2 to 500 labels, listed in their order or with those that a model suggests first."""

    exported_as: ClassVar[Kind] = ListOf(Scalar.TEXT)

    type: Literal["multi_label_selection"] = "multi_label_selection"
    options: list[Option] = Field(min_length=2, max_length=500)
    options_order: Literal["natural", "suggestion"] = "natural"

    def aggregate(self, values: Sequence[list[str]]) -> Aggregate:
        """Return the labels that more than half chose, if there are any."""
        chosen, support = majority(values)
        return Aggregate(chosen or None, support)

    def _parse(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not value:
            raise InvalidError("The answer has to be a list of one label or more.")
        for label in value:
            self.check_option(label)
        if len(set(value)) < len(value):
            raise InvalidError("The answer has a label twice.")
        return list(value)
