"""JSON as text that the database assembles: stored JSON is returned unchanged.

Every function returns an expression that is NULL if one of its values is NULL.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Text, cast, func, literal, literal_column
from sqlalchemy.dialects.postgresql import array

SQLText = ColumnElement[str]


def stored(value: SQLColumnExpression[Any]) -> SQLText:
    """Return the text of a JSON column, or of a part of one."""
    return cast(value, Text)


def plain(value: SQLColumnExpression[Any]) -> SQLText:
    """Return the content of a JSON string, the text of any other JSON, and NULL for ``null``."""
    return value.op("#>>", return_type=Text())(literal_column("'{}'"))


def quoted(value: SQLColumnExpression[Any]) -> SQLText:
    """Return the JSON string of a value whose text needs no escapes, such as an id or a status."""
    return literal('"').concat(cast(value, Text)).concat('"')


def escaped(value: SQLColumnExpression[Any]) -> SQLText:
    """Return the JSON string of any text."""
    return cast(func.to_json(value), Text)


def or_null(text: SQLText) -> SQLText:
    """Return ``text``, or ``null`` if it is NULL."""
    return func.coalesce(text, "null")


def object_of(members: Iterable[tuple[str, SQLText]]) -> SQLText:
    """Return the JSON object of the members that are not NULL, in order; the result is never NULL."""
    texts = [literal(json.dumps(name, ensure_ascii=False) + ":").concat(text) for name, text in members]
    if not texts:
        return literal("{}")
    # Not concat(): a function takes at most a hundred arguments, and a record may have more keys.
    return literal("{").concat(func.array_to_string(array(texts), ",")).concat("}")
