"""A record's id follows from its dataset and the id its owner gave it: the same file gives the same rows."""

import uuid


def record_id(dataset_id: uuid.UUID, external_id: str) -> uuid.UUID:
    """Return ``uuid5(dataset_id, external_id)`` (RFC 9562, section 5.5)."""
    return uuid.uuid5(dataset_id, external_id)
