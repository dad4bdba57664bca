"""One module per field type, and the list of them.

To add a type: write a module with a subclass of ``FieldSettings`` and name it in ``TYPES``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from diptych.core.typed_settings import parse_typed
from diptych.datasets.fields.base import FieldSettings, MisfitError
from diptych.datasets.fields.chat import ChatFieldSettings
from diptych.datasets.fields.custom import CustomFieldSettings
from diptych.datasets.fields.image import ImageFieldSettings
from diptych.datasets.fields.image_set import (
    ImageSetFieldSettings,
    PromptFieldSettings,
    count_named_images,
    find_fault,
    holds_images,
    holds_prompt,
    refuse_faulty,
)
from diptych.datasets.fields.rules import FieldRules
from diptych.datasets.fields.text import TextFieldSettings
from diptych.models import Field, Question

TYPES: dict[str, type[FieldSettings]] = {
    "text": TextFieldSettings,
    "image": ImageFieldSettings,
    "chat": ChatFieldSettings,
    "custom": CustomFieldSettings,
}

__all__ = [
    "TYPES",
    "ChatFieldSettings",
    "CustomFieldSettings",
    "FieldRules",
    "FieldSettings",
    "ImageFieldSettings",
    "ImageSetFieldSettings",
    "MisfitError",
    "TextFieldSettings",
    "count_named_images",
    "field_rules",
    "find_fault",
    "holds_images",
    "parse_field_settings",
    "refuse_faulty",
]


def parse_field_settings(settings: Mapping[str, Any]) -> FieldSettings:
    """Return the settings of a field as an object of its type, or raise ``InvalidError``."""
    return parse_typed(TYPES, settings, of="field")


def field_rules(fields: Iterable[Field], questions: Iterable[Question]) -> FieldRules:
    """Return what the fields of a dataset ask of its records.

    Where answers to one of the ``questions`` name images, the field for images has to hold all of them.
    """
    fields = list(fields)
    settings = {field.name: parse_field_settings(field.settings) for field in fields}
    required = [field.name for field in fields if field.required]
    named = count_named_images(question.settings for question in questions)
    images = next(filter(holds_images, fields), None)
    if named and images:
        prompt = next(filter(holds_prompt, fields), None)
        more = {"named": named, "has_prompt": prompt is None}
        settings[images.name] = ImageSetFieldSettings.model_validate({**images.settings, **more})
        if prompt:
            settings[prompt.name] = PromptFieldSettings.model_validate(prompt.settings)
    return FieldRules(settings, required=required)
