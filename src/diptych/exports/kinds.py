"""The kinds of values in columns, for formats with typed columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Scalar(StrEnum):
    """A single value; the names are those of Arrow and of ``datasets``."""

    TEXT = "string"
    INTEGER = "int64"
    FLOAT = "float64"


@dataclass(frozen=True)
class ListOf:
    """Any number of values of one kind."""

    item: "Kind"


@dataclass(frozen=True)
class ObjectOf:
    """An object with these members, any of which may be missing."""

    members: Mapping[str, "Kind"]


Kind = Scalar | ListOf | ObjectOf

_TEXTS = ListOf(Scalar.TEXT)
_SPAN = ObjectOf({"label": Scalar.TEXT, "start": Scalar.INTEGER, "end": Scalar.INTEGER})
_MESSAGE = ObjectOf({"role": Scalar.TEXT, "content": Scalar.TEXT})

# By the type of the question.
ANSWERS: Mapping[str, Kind] = {
    "label_selection": Scalar.TEXT,
    "multi_label_selection": _TEXTS,
    "rating": Scalar.INTEGER,
    "ranking": _TEXTS,
    "text": Scalar.TEXT,
    "span": ListOf(_SPAN),
}
# By the type of the field; the kind of a custom field depends on its records.
FIELDS: Mapping[str, Kind] = {"text": Scalar.TEXT, "image": Scalar.TEXT, "chat": ListOf(_MESSAGE)}
# By the type of the metadata property; a term may also be a list, which becomes text.
PROPERTIES: Mapping[str, Scalar] = {
    "terms": Scalar.TEXT,
    "integer": Scalar.INTEGER,
    "float": Scalar.FLOAT,
}
