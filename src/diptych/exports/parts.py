"""What both shapes take from a record in the same way."""

from sqlalchemy import Text, cast, func, select

from diptych.core.json_text import SQLText
from diptych.models import Record, Vector, VectorSettings


def external_id() -> SQLText:
    """Return the id that a record's owner gave it, or ours if they gave none."""
    return func.coalesce(Record.external_id, cast(Record.id, Text))


def vector_text(vector: VectorSettings) -> SQLText:
    """Return a vector of a record; its text is a JSON array."""
    value = select(cast(Vector.value, Text)).where(
        Vector.dataset_id == Record.dataset_id,
        Vector.record_id == Record.id,
        Vector.vectors_settings_id == vector.id,
    )
    return value.correlate(Record).scalar_subquery()
