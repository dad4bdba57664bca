"""Give a number."""

from collections.abc import Sequence
from functools import cached_property
from statistics import median_low
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from diptych.core.errors import InvalidError
from diptych.core.kinds import Kind, Scalar
from diptych.core.storable import shown
from diptych.questions.aggregate import Aggregate
from diptych.questions.base import QuestionSettings


class RatingOption(BaseModel):
    """A number that can be given."""

    model_config = ConfigDict(strict=True, frozen=True)

    value: Annotated[int, Field(ge=0, le=10)]


class RatingSettings(QuestionSettings):
    """One of 2 to 11 numbers from 0 to 10."""

    exported_as: ClassVar[Kind] = Scalar.INTEGER

    type: Literal["rating"] = "rating"
    options: list[RatingOption] = Field(min_length=2, max_length=11)

    @field_validator("options")
    @classmethod
    def _values_are_unique(cls, options: list[RatingOption]) -> list[RatingOption]:
        if len({option.value for option in options}) < len(options):
            message = "two options have the same value"
            raise ValueError(message)
        return options

    @cached_property
    def values(self) -> frozenset[int]:
        """The numbers that can be given."""
        return frozenset(option.value for option in self.options)

    def aggregate(self, values: Sequence[int]) -> Aggregate:
        """Return the median, the lower of two, and the share of the answers that are equal to it."""
        median = median_low(values)
        return Aggregate(median, values.count(median) / len(values))

    def _parse(self, value: Any) -> int:
        if type(value) is not int or value not in self.values:
            known = ", ".join(str(option.value) for option in self.options)
            raise InvalidError(f"{shown(value)} is not one of the ratings {known}.")
        return value

    def _check_change(self, changed: Self) -> None:
        if changed != self:
            raise InvalidError("The settings of a rating cannot change.", field="settings")
