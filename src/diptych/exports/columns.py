"""A column of the flat shape, and where it is read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, SQLColumnExpression, Text

from diptych.core.json_text import SQLText, escaped, stored
from diptych.core.kinds import Kind, ListOf, Scalar


@dataclass(frozen=True)
class Column:
    """A column: its name, and its value as JSON and as plain text, NULL where a record has none.

    Plain text is what is inside a JSON string, and the JSON of everything else. ``typed`` is JSON of the
    ``kind``, for which a value that may be of another one has to be ``fitted``.
    """

    name: str
    json: SQLText
    plain: SQLText
    kind: Kind = Scalar.TEXT
    fitted: SQLText | None = None

    @property
    def typed(self) -> SQLText:
        """The value as JSON of its kind: anything as text, a number without quotes."""
        if self.fitted is not None:
            return self.fitted
        if self.kind == Scalar.TEXT:
            return escaped(self.plain)
        return self.plain if isinstance(self.kind, Scalar) else self.json


@dataclass(frozen=True)
class FlatShape:
    """Columns in their order, and the lateral queries that they are read from."""

    columns: Sequence[Column]
    joined: Sequence[FromClause] = ()


def part(holder: SQLColumnExpression[Any], key: str, kind: Kind = Scalar.TEXT) -> Column:
    """Return the column of a member of a JSON object."""
    return Column(key, stored(holder[key]), holder.op("->>", return_type=Text())(key), kind)


def array(name: str, json: SQLText, item: Kind) -> Column:
    """Return a column of JSON arrays, which are their own plain text."""
    return Column(name, json, json, ListOf(item))
