"""One module per field type, and the list of them.

To add a type: write a module with a subclass of ``FieldSettings`` and name it in ``_TYPES``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from diptych.core.typed_settings import parse_typed
from diptych.datasets.fields.base import FieldSettings
from diptych.datasets.fields.chat import ChatFieldSettings
from diptych.datasets.fields.custom import CustomFieldSettings
from diptych.datasets.fields.image import ImageFieldSettings
from diptych.datasets.fields.rules import FieldRules
from diptych.datasets.fields.text import TextFieldSettings
from diptych.models import Field

_TYPES: dict[str, type[FieldSettings]] = {
    "text": TextFieldSettings,
    "image": ImageFieldSettings,
    "chat": ChatFieldSettings,
    "custom": CustomFieldSettings,
}

__all__ = [
    "ChatFieldSettings",
    "CustomFieldSettings",
    "FieldRules",
    "FieldSettings",
    "ImageFieldSettings",
    "TextFieldSettings",
    "field_rules",
    "parse_field_settings",
]


def parse_field_settings(settings: Mapping[str, Any]) -> FieldSettings:
    """Return the settings of a field as an object of its type, or raise ``InvalidError``."""
    return parse_typed(_TYPES, settings, of="field")


def field_rules(fields: Iterable[Field]) -> FieldRules:
    """Return what the fields of a dataset ask of its records."""
    fields = list(fields)
    settings = {field.name: parse_field_settings(field.settings) for field in fields}
    return FieldRules(settings, required=[field.name for field in fields if field.required])
