"""One module per field type, and the list of them.

To add a type: write a module with a subclass of ``FieldSettings`` and name it in ``_TYPES``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from diptych.core.typed_settings import parse_typed
from diptych.datasets.columns import is_pair
from diptych.datasets.fields.base import FieldSettings, MisfitError
from diptych.datasets.fields.chat import ChatFieldSettings
from diptych.datasets.fields.custom import CustomFieldSettings
from diptych.datasets.fields.image import ImageFieldSettings
from diptych.datasets.fields.pair import PairFieldSettings, find_fault, names_images, refuse_faulty
from diptych.datasets.fields.rules import FieldRules
from diptych.datasets.fields.text import TextFieldSettings
from diptych.models import Field, Question

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
    "MisfitError",
    "PairFieldSettings",
    "TextFieldSettings",
    "field_rules",
    "find_fault",
    "names_images",
    "parse_field_settings",
    "refuse_faulty",
]


def parse_field_settings(settings: Mapping[str, Any]) -> FieldSettings:
    """Return the settings of a field as an object of its type, or raise ``InvalidError``."""
    return parse_typed(_TYPES, settings, of="field")


def field_rules(fields: Iterable[Field], questions: Iterable[Question]) -> FieldRules:
    """Return what the fields of a dataset ask of its records.

    Where an answer to one of the ``questions`` names an image, the field of the images has to hold both.
    """
    fields = list(fields)
    settings = {field.name: parse_field_settings(field.settings) for field in fields}
    if any(names_images(question.settings) for question in questions):
        pairs = [field for field in fields if is_pair(field)]
        settings |= {field.name: PairFieldSettings.model_validate(field.settings) for field in pairs}
    return FieldRules(settings, required=[field.name for field in fields if field.required])
