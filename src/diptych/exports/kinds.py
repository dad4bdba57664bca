"""What kind of values fields and metadata hold; questions know their own."""

from collections.abc import Mapping

from diptych.core.kinds import Kind, ListOf, ObjectOf, Scalar

_MESSAGE = ObjectOf({"role": Scalar.TEXT, "content": Scalar.TEXT})

# By the type of the field; what a custom field holds is known from its records.
FIELDS: Mapping[str, Kind] = {"text": Scalar.TEXT, "image": Scalar.TEXT, "chat": ListOf(_MESSAGE)}
# By the type of the metadata property; a term may be a list as well, which is text then.
PROPERTIES: Mapping[str, Scalar] = {
    "terms": Scalar.TEXT,
    "integer": Scalar.INTEGER,
    "float": Scalar.FLOAT,
}
