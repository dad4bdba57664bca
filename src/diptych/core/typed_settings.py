"""Settings with a ``type``: the base of the settings of questions, fields and metadata properties."""

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from diptych.core.errors import InvalidError
from diptych.core.storable import shown

_Settings = TypeVar("_Settings", bound="TypedSettings")


class TypedSettings(BaseModel):
    """The base of typed settings; each subclass is one type, and ``type`` is its name on the wire.

    Unknown keys are dropped. ``model_dump(mode="json")`` is stored and returned.
    """

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    type: str

    def parse_change(self, new: Mapping[str, Any]) -> Self:
        """Return these settings with the keys of ``new`` replaced.

        Raises ``InvalidError`` if the result is invalid, or if these settings do not allow the change.
        """
        if new.get("type") not in (None, self.type):
            raise InvalidError(f"The type cannot change; it stays {self.type!r}.", field="type")
        changed = _validate(type(self), {**self.model_dump(), **new, "type": self.type})
        self._check_change(changed)
        return changed

    def _check_change(self, changed: Self) -> None:
        """Raise ``InvalidError`` if these settings cannot become ``changed``."""


def parse_typed(types: Mapping[str, type[_Settings]], settings: Any, *, of: str) -> _Settings:
    """Return settings as an object of their type, or raise ``InvalidError``; ``of`` is used in messages."""
    kind = settings.get("type") if isinstance(settings, Mapping) else None
    found = types.get(kind) if isinstance(kind, str) else None
    if found is None:
        known = ", ".join(types)
        raise InvalidError(f"There is no {of} type {shown(kind)}; use one of: {known}.", field="type")
    return _validate(found, settings)


def _validate(kind: type[_Settings], settings: Any) -> _Settings:
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        location = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise InvalidError(
            f"The settings do not fit: {f'{location}: ' if location else ''}{reason}."
        ) from None
