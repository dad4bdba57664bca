"""Which image is in which slot: random, but the same each time a person sees the record."""

from diptych.models import Dataset

_PAIR = 2


def shown_order(dataset: Dataset, count: int, *, record_id: str, user_id: str) -> str:
    """Return the SQL expression for the numbers of the images in a person's slots, as ``smallint[]``.

    ``count`` is how many images of a record answers can name. It is NULL if they name none: the images then
    stand as in the record. ``record_id`` and ``user_id`` are SQL expressions as well.

    Of two images, the lowest bit of SHA-256(record, user) says whether the second is on the left: even for
    each person, and no two people share a pattern. More images are in the order of SHA-256(record, user, n).
    """
    if not count:
        return "CAST(NULL AS smallint[])"
    numbers = ",".join(map(str, range(1, count + 1)))
    in_order = f"CAST('{{{numbers}}}' AS smallint[])"
    if not dataset.shuffle_sides:
        return in_order
    chance = f"uuid_send({record_id}) || uuid_send({user_id})"
    if count == _PAIR:
        is_reversed = f"get_byte(sha256({chance}), 0) & 1 = 1"
        return f"CASE WHEN {is_reversed} THEN CAST('{{2,1}}' AS smallint[]) ELSE {in_order} END"
    shuffled = f"unnest({in_order}) AS n ORDER BY sha256({chance} || int2send(n))"
    return f"ARRAY(SELECT n FROM {shuffled})"  # noqa: S608 - numbers, and expressions of the callers
