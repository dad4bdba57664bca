"""The table of a file: its columns, and the expressions for their values; its rows, and their order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, SQLColumnExpression, Text, cast, select

from diptych.core.json_text import SQLText, escaped, quoted, stored
from diptych.core.kinds import Kind, ListOf, Scalar


@dataclass(frozen=True)
class Column:
    """A column: its name, and its value as JSON and as plain text, NULL if a row has none.

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
class Part:
    """Some columns in order, and the lateral queries that they need."""

    columns: Sequence[Column]
    joined: Sequence[FromClause] = ()


@dataclass(frozen=True)
class Rows:
    """The rows of a file: the source of the query, its condition, and the order."""

    source: FromClause
    condition: ColumnElement[bool]
    order: Sequence[SQLColumnExpression[Any]]

    def select(self, columns: Sequence[SQLColumnExpression[Any]]) -> Select[*tuple[Any, ...]]:
        """Return the query for these columns."""
        # Explicit names: SQLAlchemy's generated names for many similar expressions are not always unique.
        named: list[ColumnElement[Any]] = [
            column.label(f"column_{number}") for number, column in enumerate(columns)
        ]
        return select(*named).select_from(self.source).where(self.condition).order_by(*self.order)


@dataclass(frozen=True)
class Table:
    """The columns of a file in order, and its rows."""

    columns: Sequence[Column]
    rows: Rows


def text_column(name: str, value: SQLText) -> Column:
    """Return the column of any text."""
    return Column(name, escaped(value), value)


def word_column(name: str, value: SQLColumnExpression[Any], kind: Scalar = Scalar.TEXT) -> Column:
    """Return the column of values whose text needs no escapes, such as an id, a status or a time."""
    text = quoted(value)
    return Column(name, text, cast(value, Text), kind, fitted=text)


def bare_column(name: str, value: SQLColumnExpression[Any], kind: Scalar) -> Column:
    """Return the column of numbers or booleans, whose text is their JSON."""
    text = cast(value, Text)
    return Column(name, text, text, kind)


def list_column(name: str, json: SQLText, item: Kind) -> Column:
    """Return a column of JSON arrays, which are their own plain text."""
    return Column(name, json, json, ListOf(item))


def member_column(holder: SQLColumnExpression[Any], key: str, kind: Kind = Scalar.TEXT) -> Column:
    """Return the column of a member of a JSON object."""
    return Column(key, stored(holder[key]), holder.op("->>", return_type=Text())(key), kind)


def rename_taken(columns: Iterable[Column], prefix: str, taken: set[str]) -> Iterator[Column]:
    """Yield the columns, each with ``prefix`` in front of a name that is ``taken``, and take their names."""
    for column in columns:
        name = column.name
        while name in taken:
            name = f"{prefix}.{name}"
        taken.add(name)
        yield replace(column, name=name)
