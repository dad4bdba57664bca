"""Which picture stands on the left: chance, but the same chance each time a person meets the record."""

import uuid

from sqlalchemy import ColumnElement, Uuid, false, func, literal
from sqlalchemy.orm import InstrumentedAttribute

from diptych.models import Dataset


def swapped(
    dataset: Dataset, record_id: InstrumentedAttribute[uuid.UUID], user_id: uuid.UUID
) -> ColumnElement[bool]:
    """Return the SQL expression that says whether this person sees ``image_2`` on the left.

    It is the lowest bit of SHA-256(record, user): even for each person, and no two people share a pattern.
    """
    if not dataset.shuffle_sides:
        return false()
    seed = func.uuid_send(record_id).concat(func.uuid_send(literal(user_id, Uuid)))
    return func.get_byte(func.sha256(seed), 0).bitwise_and(1) == 1
