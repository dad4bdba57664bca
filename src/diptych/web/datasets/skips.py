"""The records that annotators skipped with a reason, for admins."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diptych.models import Dataset
from diptych.responses.queries import MAX_COUNTED, Skip, count_skip_reasons, list_skips

_MAX_SHOWN = 20
_MAX_REASONS = 5


@dataclass(frozen=True)
class Skips:
    """The newest skips and, if there are more, the total and the counts by reason, most frequent first.

    ``others`` counts rarer reasons. If ``is_capped``, only the newest skips are counted.
    """

    newest: Sequence[Skip]
    reasons: Sequence[tuple[str, int]] = ()
    others: int = 0
    total: int = 0
    is_capped: bool = False


def make_skips(session: Session, dataset: Dataset) -> Skips:
    """Return the skips of a dataset."""
    skips = list_skips(session, dataset, limit=_MAX_SHOWN + 1)
    if len(skips) <= _MAX_SHOWN:
        return Skips(skips)
    reasons = count_skip_reasons(session, dataset)
    frequent, rare = reasons[:_MAX_REASONS], reasons[_MAX_REASONS:]
    total = sum(count for _, count in reasons)
    return Skips(
        newest=skips[:_MAX_SHOWN],
        reasons=frequent,
        others=sum(count for _, count in rare),
        total=total,
        is_capped=total >= MAX_COUNTED,
    )
