"""Finds the keys of the objects in the exported records."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array
from sqlalchemy.orm import Session

from diptych.core.kinds import Scalar
from diptych.exports.selection import ORDER, Selection
from diptych.models import Record

# How many records are read first, which have most keys; the others are then found in the database.
_SAMPLE = 100
# By the type of the metadata property; a term may also be a list, which becomes text.
PROPERTY_KINDS: Mapping[str, Scalar] = {
    "terms": Scalar.TEXT,
    "integer": Scalar.INTEGER,
    "float": Scalar.FLOAT,
}
# JSON numbers that fit into 64 bits; all numbers with up to 18 digits match.
_NUMBERS = {
    Scalar.INTEGER: r"^-?(0|[1-9]\d{0,17})$",
    Scalar.FLOAT: r"^-?(0|[1-9]\d{0,17})(\.\d+)?([eE][+-]?\d{1,2})?$",
}


def list_metadata_keys(session: Session, selection: Selection) -> list[str]:
    """Return the metadata keys of all records, in order of first appearance."""
    return _list_keys(session, selection, Record.metadata_, cast(Record.metadata_, JSONB), ())


def list_member_keys(session: Session, selection: Selection, field: str, known: Sequence[str]) -> list[str]:
    """Return ``known`` and the other keys of the objects in a field, in order of first appearance."""
    value = func.nullif(cast(Record.fields, JSONB)[field], cast(JSONB.NULL, JSONB))
    return _list_keys(session, selection, Record.fields[field], value, known)


def number_kinds(session: Session, selection: Selection) -> dict[str, Scalar]:
    """Return the kinds of the metadata properties that declare numbers and have only numbers.

    A property may have been declared after records with other values were added.
    """
    declared = {
        item.name: PROPERTY_KINDS[item.settings["type"]] for item in selection.settings.metadata_properties
    }
    numbers = {name: kind for name, kind in declared.items() if kind != Scalar.TEXT}
    if not numbers:
        return {}
    fits = [
        func.bool_and(Record.metadata_.op("->>")(name).op("~")(_NUMBERS[kind]))
        for name, kind in numbers.items()
    ]
    found = session.execute(select(*fits).where(selection.condition)).one()
    # NULL means that there are no values, which fits.
    return {name: kind for (name, kind), fit in zip(numbers.items(), found, strict=True) if fit is not False}


def _list_keys(
    session: Session,
    selection: Selection,
    held: SQLColumnExpression[Any],
    held_as_jsonb: ColumnElement[Any],
    known: Sequence[str],
) -> list[str]:
    keys = dict.fromkeys(known)
    sample = select(held).where(selection.condition).order_by(*ORDER).limit(_SAMPLE)
    for value in session.scalars(sample):
        keys.update(dict.fromkeys(value or ()))
    rest = held_as_jsonb.op("-", return_type=JSONB())(literal(list(keys), ARRAY(Text)))
    has_others = rest != cast({}, JSONB)
    # Whether there are other keys is a fast parallel query; their order is slower and only read if needed.
    if session.scalar(select(func.bool_or(has_others)).where(selection.condition)):
        others = _others(held, selection.condition & has_others, list(keys))
        keys.update(dict.fromkeys(session.scalars(others)))
    return list(keys)


def _others(
    held: SQLColumnExpression[Any], condition: ColumnElement[bool], known: Sequence[str]
) -> Select[str]:
    number = func.row_number().over(order_by=ORDER)
    records = select(held.label("held"), number.label("number")).where(condition).subquery()
    keys = (
        func.json_object_keys(records.c.held)
        .table_valued("key", with_ordinality="place", joins_implicitly=True)
        .render_derived()
    )
    return (
        select(keys.c.key)
        .select_from(records, keys)
        .where(keys.c.key.not_in(known))
        .group_by(keys.c.key)
        .order_by(func.min(array([records.c.number, keys.c.place])))
    )
