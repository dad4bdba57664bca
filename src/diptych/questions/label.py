"""Choose one label."""

from typing import Any, Literal

from pydantic import Field

from diptych.questions.options import Option, ShownOptionSettings


class LabelSettings(ShownOptionSettings):
    """One answer out of 2 to 500 labels."""

    type: Literal["label_selection"] = "label_selection"
    options: list[Option] = Field(min_length=2, max_length=500)

    def _parse(self, value: Any) -> str:
        self.check_option(value)
        return str(value)
