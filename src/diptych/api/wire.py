"""How values look in JSON: lists are wrapped, times are UTC without an offset, unknown keys are ignored."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from starlette.responses import Response

from diptych.core.typed_settings import TypedSettings

_Item = TypeVar("_Item")


def to_wire(moment: datetime) -> str:
    """Return a time like ``2026-11-21T00:06:00.924529``: UTC in microseconds, as in Argilla."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


Moment = Annotated[datetime, PlainSerializer(to_wire, return_type=str)]


def in_order(parse: Callable[[Mapping[str, Any]], TypedSettings]) -> BeforeValidator:
    """Return a validator that orders settings by their type, ``type`` first; the database keeps no order."""
    return BeforeValidator(lambda stored: parse(stored).model_dump(mode="json"))


class Out(BaseModel):
    """The base of replies that are made from the attributes of a row."""

    model_config = ConfigDict(from_attributes=True)


class Items(BaseModel, Generic[_Item]):
    """A wrapped list."""

    items: list[_Item]


class JsonText(Response):
    """A response whose JSON is already text."""

    media_type = "application/json"
