"""How values look in JSON: lists are wrapped, moments are UTC without an offset, unknown keys are ignored."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer

_Item = TypeVar("_Item")


def to_wire(moment: datetime) -> str:
    """Return a moment as ``2026-11-21T00:06:00.924529``: UTC in microseconds, as Argilla has it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


Moment = Annotated[datetime, PlainSerializer(to_wire, return_type=str)]


class Out(BaseModel):
    """A thing as the API shows it; made from the attributes of a row."""

    model_config = ConfigDict(from_attributes=True)


class Items(BaseModel, Generic[_Item]):
    """A list, wrapped."""

    items: list[_Item]
