"""What responses look like as they are sent, and what comes back."""

import uuid
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, computed_field, model_validator

from diptych.api.wire import Moment, Out
from diptych.core.storable import Text
from diptych.models import ResponseStatus
from diptych.responses.rules import MAX_REVISION
from diptych.responses.shown_order import ShownOrder, merge_swapped, to_swapped

_MAX_RESPONSES = 100
_MAX_REASON_LENGTH = 500


class ResponseIn(BaseModel):
    """A response, its values by the names of the questions: ``{"preference": {"value": "image_1"}}``."""

    values: dict[str, dict[str, Any]] | None = None
    status: ResponseStatus


class OwnResponseIn(ResponseIn):
    """What the caller answers on a record, and how it came about.

    ``shown_order`` has the number of the image in each slot, from the left: ``[2, 1]`` if ``image_2`` was on
    the left; for pairs, ``swapped`` says the same. ``duration_ms`` is for how many milliseconds the caller
    looked, ``revision`` which of their responses on this record it is, the first being 1: if another response
    has this revision or a later one, this one is refused with 409 and ``item`` is what is stored.
    ``skip_reason`` says why a record is discarded; nothing else has one. ``dataset_id`` saves looking for the
    record in all the datasets that the caller may see.
    """

    record_id: uuid.UUID
    dataset_id: uuid.UUID | None = None
    shown_order: ShownOrder | None = None
    swapped: bool | None = None
    duration_ms: Annotated[int | None, Field(ge=0)] = None
    revision: Annotated[int | None, Field(ge=1, le=MAX_REVISION)] = None
    skip_reason: Annotated[Text | None, Field(max_length=_MAX_REASON_LENGTH)] = None

    @model_validator(mode="after")
    def _merge_swapped(self) -> Self:
        self.shown_order = merge_swapped(self.shown_order, swapped=self.swapped)
        return self


class OwnResponsesIn(BaseModel):
    """What the caller answers on some records; ``user_id``, if given, has to be the caller."""

    user_id: uuid.UUID | None = None
    items: Annotated[list[OwnResponseIn], Field(min_length=1, max_length=_MAX_RESPONSES)]


class ResponseOut(Out):
    """The answer of one user on a record."""

    id: uuid.UUID
    values: dict[str, Any]
    status: ResponseStatus
    record_id: uuid.UUID
    user_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class OwnResponseOut(ResponseOut):
    """A response of the caller, and how it came about."""

    revision: int
    shown_order: list[int] | None

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def swapped(self) -> bool | None:
        """For a pair, whether ``image_2`` stood on the left."""
        return to_swapped(self.shown_order)


class Refusal(BaseModel):
    """Why a response was not saved: a message, and the status and code that a single request would get."""

    detail: str
    status: int
    code: str


class Outcome(BaseModel):
    """A response as it is stored, or why it was refused; with both, another response was stored before it."""

    item: OwnResponseOut | None = None
    error: Refusal | None = None


class Outcomes(BaseModel):
    """The outcome of each response, in the order in which they were sent."""

    items: list[Outcome]
