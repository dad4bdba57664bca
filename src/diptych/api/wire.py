"""How values look in JSON: lists are wrapped, moments are UTC without an offset, unknown keys are ignored."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from diptych.core.typed_settings import TypedSettings

_Item = TypeVar("_Item")


def to_wire(moment: datetime) -> str:
    """Return a moment as ``2026-11-21T00:06:00.924529``: UTC in microseconds, as Argilla has it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


Moment = Annotated[datetime, PlainSerializer(to_wire, return_type=str)]


def in_order(parse: Callable[[Mapping[str, Any]], TypedSettings]) -> BeforeValidator:
    """Return what puts settings in the order of their type, ``type`` first; the database keeps none."""
    return BeforeValidator(lambda stored: parse(stored).model_dump(mode="json"))


class Out(BaseModel):
    """A thing as the API shows it; made from the attributes of a row."""

    model_config = ConfigDict(from_attributes=True)


class Items(BaseModel, Generic[_Item]):
    """A list, wrapped."""

    items: list[_Item]
