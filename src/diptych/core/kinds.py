"""What kind of values a column of a table holds, for formats in which every column has a type."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Scalar(StrEnum):
    """A single value; the names are those of Arrow and of ``datasets``."""

    TEXT = "string"
    BOOLEAN = "bool"
    SHORT = "int16"
    INTEGER = "int64"
    FLOAT = "float64"
    TIME = "timestamp[us, tz=UTC]"


@dataclass(frozen=True)
class ListOf:
    """Any number of values of one kind."""

    item: "Kind"


@dataclass(frozen=True)
class ObjectOf:
    """An object with these members, any of which may be missing."""

    members: Mapping[str, "Kind"]


Kind = Scalar | ListOf | ObjectOf
