"""Choose one label."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from diptych.core.errors import InvalidError
from diptych.questions.base import QuestionSettings


class LabelOption(BaseModel):
    """A label: ``value`` is stored, ``text`` is read."""

    value: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=500)
    description: str | None = None


class LabelSettings(QuestionSettings):
    """One answer out of 2 to 500 labels; ``visible_options`` are shown before a click on more."""

    type: Literal["label_selection"] = "label_selection"
    options: list[LabelOption] = Field(min_length=2, max_length=500)
    visible_options: int | None = Field(None, ge=3)

    @model_validator(mode="after")
    def _values_are_unique(self) -> Self:
        if len({option.value for option in self.options}) < len(self.options):
            message = "two options have the same value"
            raise ValueError(message)
        return self

    def check_value(self, value: Any) -> None:
        """Accept the value of an option, and nothing else."""
        values = [option.value for option in self.options]
        if value not in values:
            raise InvalidError(f"{value!r} is not one of the labels {', '.join(values)}.", value=value)
