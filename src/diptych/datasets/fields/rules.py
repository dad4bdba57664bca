"""What the fields of a record have to be, all together."""

from collections.abc import Iterable, Mapping
from typing import Any

from diptych.core.errors import InvalidError
from diptych.core.storable import printable, shown
from diptych.datasets.fields.base import FieldSettings, MisfitError


class FieldRules:
    """Checks records against the fields of their dataset; made once, used for each record."""

    def __init__(self, fields: Mapping[str, FieldSettings], *, required: Iterable[str]) -> None:
        self._fields = fields
        self._required = tuple(required)

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a record as they are stored, in their own order and without nulls.

        Raises ``InvalidError``, whose ``field`` names the one at fault, or the part of it: ``images.prompt``.
        """
        for name in self._required:
            if values.get(name) is None:
                raise InvalidError(f"The field {name!r} is missing.", field=name)
        kept: dict[str, Any] = {}
        for name, value in values.items():
            settings = self._fields.get(name)
            if settings is None:
                raise self._unknown(name)
            if value is not None:
                _check_one(name, settings, value)
                kept[name] = value
        if not kept:
            raise InvalidError("A record needs a value in at least one of its fields.")
        return kept

    def _unknown(self, name: str) -> InvalidError:
        known = ", ".join(self._fields)
        return InvalidError(f"The dataset has no field {shown(name)}; it has {known}.", field=printable(name))


def _check_one(name: str, settings: FieldSettings, value: Any) -> None:
    try:
        settings.check_value(value)
    except MisfitError as error:
        raise error.within(name) from None
    except InvalidError as error:
        raise InvalidError(f"The field {name!r} does not fit. {error.message}", field=name) from None
