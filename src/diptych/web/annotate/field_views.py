"""The fields of a record on screen: one class for each way of showing a value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from diptych.models import Field, Record
from diptych.records.pair import find_pair
from diptych.web.annotate import choices

_ADDRESSES = ("https://", "http://", "/media/", "data:image/")


@dataclass(frozen=True)
class Shown:
    """A field on screen; ``kind`` names the template that shows it."""

    kind: ClassVar[str]
    title: str

    @property
    def sources(self) -> Sequence[str]:
        """The addresses of the pictures that this field shows."""
        return ()


@dataclass(frozen=True)
class Text(Shown):
    """Some text, as it is or as Markdown; a question may be about the text of the field of this ``name``."""

    kind = "text"
    name: str
    text: str
    use_markdown: bool


@dataclass(frozen=True)
class Picture(Shown):
    """A picture; ``source`` is empty if its address is none that a page may load."""

    kind = "picture"
    source: str

    @property
    def sources(self) -> Sequence[str]:
        """The picture's address, unless the picture is in the address."""
        return () if not self.source or self.source.startswith("data:") else (self.source,)


@dataclass(frozen=True)
class Chat(Shown):
    """A conversation: who said what."""

    kind = "chat"
    messages: Sequence[tuple[str, str]]
    use_markdown: bool


@dataclass(frozen=True)
class Pair(Shown):
    """A prompt and two pictures as they stand on screen."""

    kind = "pair"
    prompt: str
    left: str
    right: str

    @property
    def sources(self) -> Sequence[str]:
        """The addresses of both pictures."""
        return (self.left, self.right)


@dataclass(frozen=True)
class Frame(Shown):
    """What a template makes of the record, in a frame of its own."""

    kind = "frame"
    name: str
    has_scripts: bool


def shown_fields(fields: Sequence[Field], record: Record, *, swapped: bool) -> list[Shown]:
    """Return the fields of a record that hold something, in their order."""
    values = [(field, record.fields.get(field.name)) for field in fields]
    return [_shown(field, value, swapped=swapped) for field, value in values if value is not None]


def sources(fields: Sequence[Field], records: Sequence[Record]) -> list[str]:
    """Return the addresses of the pictures that these records will show."""
    shown = [one for record in records for one in shown_fields(fields, record, swapped=False)]
    return [source for one in shown for source in one.sources]


def has_pair(record: Record) -> bool:
    """Say whether a field of this record shows two pictures whose sides can be swapped."""
    return any(find_pair(value) for value in record.fields.values())


def _shown(field: Field, value: Any, *, swapped: bool) -> Shown:
    settings = field.settings
    match settings["type"]:
        case "image":
            source = value if isinstance(value, str) and value.startswith(_ADDRESSES) else ""
            return Picture(field.title, source)
        case "chat" if isinstance(value, list):
            return Chat(field.title, _messages(value), settings.get("use_markdown", True))
        case "custom":
            return _custom(field, value, swapped=swapped)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return Text(field.title, field.name, text, settings.get("use_markdown", False))


def _custom(field: Field, value: Any, *, swapped: bool) -> Shown:
    pair = find_pair(value)
    if pair is None:
        return Frame(field.title, field.name, field.settings.get("advanced_mode", False))
    left, right = choices.sides(pair, swapped=swapped)
    return Pair(field.title, pair.prompt, left, right)


def _messages(value: Sequence[Any]) -> list[tuple[str, str]]:
    found = [message for message in value if isinstance(message, dict)]
    return [(str(message.get("role", "")), str(message.get("content", ""))) for message in found]
