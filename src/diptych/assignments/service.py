"""Who looks at what next.

A claim costs the same in a dataset of any size: see ``search``. Leases are counted on the record in the same
transaction, so people who work at the same time never give a record more answers than it needs.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from diptych.assignments.leases import (
    Lease,
    counts_lowered,
    leases_ended,
    leases_overdue,
    leases_renewed,
    next_end,
)
from diptych.assignments.progress import PersonProgress, progress_begun, progress_locked
from diptych.assignments.search import Search
from diptych.core.pipeline import Steps, ask, run
from diptych.datasets.queries import TeamProgress, totals_of
from diptych.datasets.service import refuse_draft
from diptych.models import Dataset, User

# Seconds after which it is worth asking again at the latest: leases mostly end by an answer, not by time.
RETRY_AFTER = 30
# Leases that a person may hold: their tabs' windows, and what was answered and is still on its way.
MOST_HELD = 64
# So much of what is left may one person hold ahead; two leases always: what is looked at and what comes next.
TAIL_SHARE = 4


class Outcome(StrEnum):
    """What a claim found; three of the four are empty hands for different reasons."""

    PAIRS = "pairs"
    DONE = "done"
    LEASED = "leased"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Claim:
    """The leases a person now holds, the oldest first; if none, why, and when to ask again in seconds."""

    outcome: Outcome
    leases: Sequence[Lease] = ()
    retry_after: int = 0


def claim(
    session: Session,
    dataset: Dataset,
    user: User,
    *,
    limit: int,
    lease_seconds: int,
    known: Collection[uuid.UUID] = (),
) -> Claim:
    """Return up to ``limit`` leases for a person: first the ones they hold, renewed, then new ones.

    ``known`` are records that they need not be given again: those on their screens, and those whose answers
    are on their way.
    """
    refuse_draft(dataset)
    return run(session, _claim(dataset, user.id, limit=limit, lease_seconds=lease_seconds, known=known))


def window(team: TeamProgress, wanted: int) -> int:
    """Return how many records a person who wants to see ``wanted`` ahead may hold: few at the end.

    The last records go to whoever is free, and do not wait with somebody who has others before them.
    """
    return min(wanted, max(2, (team.records - team.completed) // TAIL_SHARE))


def _claim(
    dataset: Dataset, user_id: uuid.UUID, *, limit: int, lease_seconds: int, known: Collection[uuid.UUID]
) -> Steps[Claim]:
    _, progress, held, overdue, team = yield [
        progress_begun(dataset.id, user_id),
        progress_locked(dataset.id, user_id),
        leases_renewed(dataset.id, user_id, lease_seconds),
        leases_overdue(dataset.id),
        totals_of(dataset.id),
    ]
    if overdue:
        yield [leases_ended(overdue), counts_lowered(overdue)]
    leases = [lease for lease in held if lease.record_id not in known][:limit]
    missing = min(limit - len(leases), MOST_HELD - len(held))
    is_done = _is_done(team, progress)
    is_over = True
    if missing > 0 and not is_done:
        search = Search(dataset, user_id, progress)
        more, is_over = yield from search.take(missing, lease_seconds=lease_seconds, known=known)
        leases += more
    if leases:
        return Claim(Outcome.PAIRS, leases)
    if held:
        return Claim(Outcome.LEASED, retry_after=RETRY_AFTER)
    if not is_over:
        # The next claim goes on with the search.
        return Claim(Outcome.LEASED, retry_after=1)
    if is_done:
        return Claim(Outcome.DONE)
    seconds = yield from ask(next_end(dataset.id, user_id))
    if seconds is None:
        return Claim(Outcome.NOTHING)
    return Claim(Outcome.LEASED, retry_after=max(1, min(RETRY_AFTER, int(seconds))))


def _is_done(team: TeamProgress, progress: PersonProgress) -> bool:
    """Say whether every record has all its answers, or this person's."""
    return bool(team.records) and max(team.completed, progress.answered) >= team.records
