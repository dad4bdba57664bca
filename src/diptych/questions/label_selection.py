"""Choose one label."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from diptych.core.kinds import Kind, Scalar
from diptych.questions.aggregate import Aggregate, plurality
from diptych.questions.options import Option, ShownOptionSettings


class LabelSelectionSettings(ShownOptionSettings):
    """One answer out of 2 to 500 labels."""

    exported_as: ClassVar[Kind] = Scalar.TEXT

    type: Literal["label_selection"] = "label_selection"
    options: list[Option] = Field(min_length=2, max_length=500)

    def aggregate(self, values: Sequence[str]) -> Aggregate:
        """Return the label that most chose."""
        return plurality(values)

    def _parse(self, value: Any) -> str:
        self.check_option(value)
        return str(value)
