"""The kinds of values of fields and metadata in columns; questions know their own."""

from collections.abc import Mapping

from diptych.core.kinds import Kind, ListOf, ObjectOf, Scalar

_MESSAGE = ObjectOf({"role": Scalar.TEXT, "content": Scalar.TEXT})

# By the type of the field; the kind of a custom field depends on its records.
FIELDS: Mapping[str, Kind] = {"text": Scalar.TEXT, "image": Scalar.TEXT, "chat": ListOf(_MESSAGE)}
# By the type of the metadata property; a term may also be a list, which becomes text.
PROPERTIES: Mapping[str, Scalar] = {
    "terms": Scalar.TEXT,
    "integer": Scalar.INTEGER,
    "float": Scalar.FLOAT,
}
