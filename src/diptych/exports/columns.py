"""Columns of the flat shape, and the expressions for their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, SQLColumnExpression, Text

from diptych.core.json_text import SQLText, escaped, stored
from diptych.core.kinds import Kind, ListOf, Scalar


@dataclass(frozen=True)
class Column:
    """A column: its name, and its value as JSON and as plain text, NULL if a record has none.

    Plain text is the content of a JSON string, and the JSON of other values. ``typed`` is JSON of the
    ``kind``; ``fitted`` is the expression for a column whose values may have other kinds.
    """

    name: str
    json: SQLText
    plain: SQLText
    kind: Kind = Scalar.TEXT
    fitted: SQLText | None = None

    @property
    def typed(self) -> SQLText:
        """The value as JSON of its kind: numbers without quotes, everything else as text."""
        if self.fitted is not None:
            return self.fitted
        if self.kind == Scalar.TEXT:
            return escaped(self.plain)
        return self.plain if isinstance(self.kind, Scalar) else self.json


@dataclass(frozen=True)
class FlatShape:
    """The columns in order, and the lateral queries that they need."""

    columns: Sequence[Column]
    joined: Sequence[FromClause] = ()


def part(holder: SQLColumnExpression[Any], key: str, kind: Kind = Scalar.TEXT) -> Column:
    """Return the column of a member of a JSON object."""
    return Column(key, stored(holder[key]), holder.op("->>", return_type=Text())(key), kind)


def array(name: str, json: SQLText, item: Kind) -> Column:
    """Return a column of JSON arrays, which are their own plain text."""
    return Column(name, json, json, ListOf(item))
