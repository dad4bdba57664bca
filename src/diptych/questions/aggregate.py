"""Many answers to a question, and the one value that they add up to."""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from typing import Any, NamedTuple


class Aggregate(NamedTuple):
    """What the answers to a question add up to.

    ``value`` is an answer as it is stored, or None if no single one has most support. ``support`` is how far
    the answers agree with it, from 0 to 1.
    """

    value: Any
    support: float


def plurality(values: Sequence[Hashable]) -> Aggregate:
    """Return the most frequent value, or none of those that are equally frequent; support is its share."""
    (first, count), *others = Counter(values).most_common(2)
    is_tied = bool(others) and others[0][1] == count
    return Aggregate(None if is_tied else first, count / len(values))


def majority(answers: Sequence[Collection[Hashable]]) -> Aggregate:
    """Return the items that more than half of the answers have, in the order in which they come up.

    Support is the mean, over all items that any answer has, of the share of answers that agree on the item.
    """
    counts = Counter(item for answer in answers for item in dict.fromkeys(answer))
    if not counts:
        return Aggregate([], 1.0)
    total = len(answers)
    chosen = [item for item, count in counts.items() if 2 * count > total]
    agreed = sum(max(count, total - count) for count in counts.values())
    return Aggregate(chosen, agreed / (total * len(counts)))
