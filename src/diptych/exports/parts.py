"""Parts of a record that both shapes share."""

from sqlalchemy import Text, cast, func, select

from diptych.core.json_text import SQLText
from diptych.models import Record, Vector, VectorSettings


def external_id() -> SQLText:
    """Return the external id of a record, or its server id without one."""
    return func.coalesce(Record.external_id, cast(Record.id, Text))


def vector_text(vector: VectorSettings) -> SQLText:
    """Return a vector of a record as text, which is a JSON array."""
    value = select(cast(Vector.value, Text)).where(
        Vector.dataset_id == Record.dataset_id,
        Vector.record_id == Record.id,
        Vector.vectors_settings_id == vector.id,
    )
    return value.correlate(Record).scalar_subquery()
