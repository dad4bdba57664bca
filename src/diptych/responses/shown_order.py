"""The order in which images stood on screen, as the annotation page and other callers send it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator

from diptych.core.errors import InvalidError
from diptych.datasets.fields.image_set import MAX_IMAGES
from diptych.records.image_set import first_image_set

_PAIR = 2


def _check(order: list[int]) -> list[int]:
    if not 1 <= len(order) <= MAX_IMAGES or sorted(order) != list(range(1, len(order) + 1)):
        message = f"A shown order has the number of each image once: 1 to {MAX_IMAGES} at most, without a gap"
        raise ValueError(message)
    return order


# Of n images, the number of the one in each slot from the left: each of 1 to n once.
ShownOrder = Annotated[list[int], AfterValidator(_check)]


def merge_swapped(order: list[int] | None, *, swapped: bool | None) -> list[int] | None:
    """Return the order that a caller sends, who may say ``swapped`` for a pair: image 2 is on the left.

    Raises ``ValueError`` if the two contradict each other.
    """
    if swapped is None:
        return order
    of_pair = [2, 1] if swapped else [1, 2]
    if order not in (None, of_pair):
        message = "'swapped' and 'shown_order' contradict each other"
        raise ValueError(message)
    return of_pair


def parse_shown_order(text: str, *, swapped: bool | None) -> list[int] | None:
    """Return the order that a form sends, as ``2,1`` or as ``swapped``; None if it sends neither.

    Raises ``InvalidError``.
    """
    try:
        order = _check([int(number) for number in text.split(",")]) if text else None
        return merge_swapped(order, swapped=swapped)
    except ValueError as error:
        raise InvalidError(f"The shown order is not valid: {error}.", field="shown_order") from None


def to_swapped(order: Sequence[int] | None) -> bool | None:
    """Return whether a pair is shown swapped, None if the order is not one of a pair."""
    return order[0] == _PAIR if order and len(order) == _PAIR else None


def check_shown_order(order: Sequence[int] | None, fields: Mapping[str, Any]) -> Sequence[int] | None:
    """Return the order of the images of a record with these fields.

    Callers send ``swapped`` for every record, so an order of two is ignored if the record is not a pair.
    Raises ``InvalidError`` for any other order that does not have all of its images.
    """
    images = first_image_set(fields)
    count = len(images.images) if images else 0
    if order is None or len(order) == count:
        return order
    if len(order) == _PAIR:
        return None
    raise InvalidError(
        f"The shown order lists {len(order)} images, but this record has {count}.", field="shown_order"
    )
