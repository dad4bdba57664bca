"""JSON values in SQL: as text, as the terms of a list, as numbers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Numeric,
    SQLColumnExpression,
    Text,
    case,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from diptych.core.db import compact_json
from diptych.core.errors import InvalidError
from diptych.core.json_text import plain
from diptych.records.search.grammar import RangeFilter, Term

Condition = ColumnElement[bool]
JSONValue = SQLColumnExpression[Any]


def as_number(value: JSONValue) -> ColumnElement[Any]:
    """Return a JSON number as a number, and NULL for other values."""
    return case((func.json_typeof(value) == "number", cast(plain(value), Numeric)))


def has_term(value: JSONValue, terms: Sequence[Term], *, member: str | None = None) -> Condition:
    """Return the condition that a value is, or has, one of ``terms``.

    In a list of objects, the terms are compared with their ``member``.
    """
    wanted = literal([term if isinstance(term, str) else compact_json(term) for term in terms], ARRAY(Text))
    items = (
        func.json_array_elements(value)
        .table_valued(column("value", JSON), joins_implicitly=True)
        .render_derived()
    )
    item = plain(items.c.value if member is None else items.c.value[member])
    in_list = select(1).select_from(items).where(item == func.any(wanted)).correlate_except(items).exists()
    return case((func.json_typeof(value) == "array", in_list), else_=plain(value) == func.any(wanted))


def in_range(number: ColumnElement[Any], given: RangeFilter) -> Condition:
    """Return the condition that a number is within bounds, or raise ``InvalidError`` for other bounds."""
    bounds = []
    for bound, compare in ((given.ge, number.__ge__), (given.le, number.__le__)):
        if bound is None:
            continue
        if not isinstance(bound, int | float):
            raise InvalidError(f"{bound} is not a number, but it is compared with numbers.", field="filters")
        bounds.append(compare(cast(literal(str(bound), Text), Numeric)))
    return func.coalesce(bounds[0] if len(bounds) == 1 else bounds[0] & bounds[1], False)
