"""Which picture stands on the left: chance, but the same chance each time a person meets the record."""

from diptych.models import Dataset


def swapped(dataset: Dataset, *, record_id: str, user_id: str) -> str:
    """Return the SQL expression that says whether this person sees ``image_2`` on the left.

    ``record_id`` and ``user_id`` are SQL expressions as well. It is the lowest bit of SHA-256(record, user):
    even for each person, and no two people share a pattern.
    """
    if not dataset.shuffle_sides:
        return "false"
    return f"get_byte(sha256(uuid_send({record_id}) || uuid_send({user_id})), 0) & 1 = 1"
