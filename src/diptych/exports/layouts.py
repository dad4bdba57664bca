"""The columns of a field: one unchanged, one per member, or one with a type."""

from collections.abc import Callable, Mapping

from sqlalchemy import FromClause, Text, case, cast, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from diptych.core.kinds import Kind, ListOf, ObjectOf, Scalar
from diptych.datasets.columns import image_columns, prompt_columns
from diptych.datasets.fields import holds_images
from diptych.exports.keys import list_member_keys
from diptych.exports.selection import Selection
from diptych.exports.table import Column, Part, member_column
from diptych.models import Field, Record

Layout = Callable[[Session, Selection, Field], Part]

_MESSAGE = ObjectOf({"role": Scalar.TEXT, "content": Scalar.TEXT})
# By the type of the field; the kind of a custom field depends on its records.
FIELD_KINDS: Mapping[str, Kind] = {"text": Scalar.TEXT, "image": Scalar.TEXT, "chat": ListOf(_MESSAGE)}


def whole(_session: Session, _selection: Selection, field: Field) -> Part:
    """Use one unchanged column for a field."""
    return Part([member_column(Record.fields, field.name)])


def opened(session: Session, selection: Selection, field: Field) -> Part:
    """Use separate columns for the prompt and the images."""
    if not holds_images(field):
        return whole(session, selection, field)
    settings = selection.settings
    known = (*prompt_columns(settings.fields), *image_columns(settings.questions))
    held = _held(field)
    keys = list_member_keys(session, selection, field.name, known)
    return Part([member_column(held.c.value, key) for key in keys], [held])


def typed(session: Session, selection: Selection, field: Field) -> Part:
    """Use one column of the field's kind; an object has the members of all records, as text."""
    kind = FIELD_KINDS.get(field.settings["type"])
    if kind is not None:
        return Part([member_column(Record.fields, field.name, kind)])
    settings = selection.settings
    known = (*image_columns(settings.questions), *prompt_columns(settings.fields))
    keys = list_member_keys(session, selection, field.name, known if holds_images(field) else ())
    if not keys:
        return whole(session, selection, field)
    held = _held(field)
    texts = array([member_column(held.c.value, key).plain for key in keys])
    members = cast(func.json_object(array(keys), texts), Text)
    value = case((func.json_typeof(held.c.value) == "object", members))
    return Part([Column(field.name, value, value, ObjectOf(dict.fromkeys(keys, Scalar.TEXT)))], [held])


def _held(field: Field) -> FromClause:
    """Return the value of a field as ``value``, extracted once and not for every member."""
    return select(Record.fields[field.name].label("value")).correlate(Record).offset(0).lateral()
