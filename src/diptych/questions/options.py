"""The options that people choose from, mark with or put in order."""

from functools import cached_property
from itertools import islice
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from diptych.core.errors import InvalidError
from diptych.core.storable import Text, shown
from diptych.questions.base import QuestionSettings

# Options that a message lists.
_LISTED = 10


class Option(BaseModel):
    """An option: ``value`` is stored, ``text`` is read."""

    model_config = ConfigDict(strict=True, frozen=True)

    value: Annotated[Text, Field(min_length=1, max_length=200)]
    text: Annotated[Text, Field(min_length=1, max_length=500)]
    description: Text | None = None


class OptionSettings(QuestionSettings):
    """Settings with options of different values; a subclass says how many, and redeclares ``options``."""

    options: list[Option]

    @field_validator("options")
    @classmethod
    def _values_are_unique(cls, options: list[Option]) -> list[Option]:
        if len({option.value for option in options}) < len(options):
            message = "two options have the same value"
            raise ValueError(message)
        return options

    @cached_property
    def values(self) -> frozenset[str]:
        """The values of the options."""
        return frozenset(option.value for option in self.options)

    def check_option(self, value: Any) -> None:
        """Raise ``InvalidError`` unless ``value`` is that of an option."""
        if not isinstance(value, str) or value not in self.values:
            known = ", ".join(option.value for option in islice(self.options, _LISTED))
            more = ", …" if len(self.options) > _LISTED else ""
            raise InvalidError(f"{shown(value)} is not one of the labels {known}{more}.")

    def _check_change(self, changed: Self) -> None:
        if changed.values != self.values:
            raise InvalidError(
                "The values of the options cannot change; texts, descriptions and the order can.",
                field="options",
            )


class ShownOptionSettings(OptionSettings):
    """Settings of which ``visible_options`` options are shown before a click on more, or all."""

    visible_options: Annotated[int, Field(ge=3)] | None = None

    @model_validator(mode="after")
    def _no_more_are_visible_than_there_are(self) -> Self:
        if self.visible_options is not None and self.visible_options > len(self.options):
            message = f"visible_options is more than the {len(self.options)} options"
            raise ValueError(message)
        return self
