"""The fields of a record on screen: one class for each way of showing a value."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from diptych.models import Field, Record
from diptych.records.image_set import find_image_set

_ADDRESSES = ("https://", "http://", "/media/", "data:image/")


@dataclass(frozen=True)
class FieldView:
    """A field on screen; ``kind`` names the template that shows it."""

    kind: ClassVar[str]
    title: str


@dataclass(frozen=True)
class Text(FieldView):
    """Some text, as it is or as Markdown; a question may be about the text of the field of this ``name``."""

    kind = "text"
    name: str
    text: str
    use_markdown: bool


@dataclass(frozen=True)
class Picture(FieldView):
    """A picture; ``source`` is empty if its address is none that a page may load."""

    kind = "picture"
    source: str


@dataclass(frozen=True)
class Chat(FieldView):
    """A conversation: who said what."""

    kind = "chat"
    messages: Sequence[tuple[str, str]]
    use_markdown: bool


@dataclass(frozen=True)
class Images(FieldView):
    """A prompt and its images, one per slot, from the left; the prompt may be a separate field."""

    kind = "images"
    prompt: str
    has_own_prompt: bool
    slots: Sequence[str]


@dataclass(frozen=True)
class Frame(FieldView):
    """The record as a template shows it, in a sandboxed frame."""

    kind = "frame"
    name: str
    has_scripts: bool


def view_fields(
    fields: Sequence[Field], record: Record, *, shown_order: Sequence[int]
) -> Sequence[FieldView]:
    """Return the fields of a record that hold something, in their order."""
    held = [field for field in fields if record.fields.get(field.name) is not None]
    return [_view(field, record.fields, shown_order) for field in held]


def _view(field: Field, values: Mapping[str, Any], shown_order: Sequence[int]) -> FieldView:
    settings, value = field.settings, values[field.name]
    match settings["type"]:
        case "image":
            source = value if isinstance(value, str) and value.startswith(_ADDRESSES) else ""
            return Picture(field.title, source)
        case "chat" if isinstance(value, list):
            return Chat(field.title, _messages(value), settings.get("use_markdown", True))
        case "custom":
            return _custom(field, values, shown_order)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return Text(field.title, field.name, text, settings.get("use_markdown", False))


def _custom(field: Field, values: Mapping[str, Any], shown_order: Sequence[int]) -> FieldView:
    found = find_image_set(values, field.name)
    if found is None:
        return Frame(field.title, field.name, field.settings.get("advanced_mode", False))
    slots = [found.images[number - 1] for number in found.order(shown_order)]
    return Images(field.title, found.prompt, found.has_own_prompt, slots)


def _messages(value: Sequence[Any]) -> list[tuple[str, str]]:
    found = [message for message in value if isinstance(message, dict)]
    return [(str(message.get("role", "")), str(message.get("content", ""))) for message in found]
