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
    HeldLeases,
    Lease,
    Window,
    counts_lowered,
    leases_ended,
    leases_overdue,
    leases_renewed,
    next_end,
    window_released,
)
from diptych.assignments.progress import PersonProgress, progress_begun, progress_locked
from diptych.assignments.search import Search
from diptych.core.statements import Plan, fetch, run
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.queries import TeamProgress, totals_of
from diptych.datasets.service import refuse_draft
from diptych.models import Dataset, User

# Seconds after which it is worth asking again at the latest: leases mostly end by an answer, not by time.
RETRY_AFTER = 30
# Leases that a person may hold in all windows, with those whose answers are still on their way.
MAX_HELD = 64
# So much of what is left may one person hold ahead; two leases always: what is looked at and what comes next.
TAIL_SHARE = 4
_NO_WINDOW = Window()


class Outcome(StrEnum):
    """What a claim found; three of the four are empty hands for different reasons."""

    PAIRS = "pairs"
    DONE = "done"
    LEASED = "leased"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Claim:
    """The leases to show, the oldest first; if there are none, why, and when to ask again in seconds.

    ``held`` are the records of all leases of the window that claimed.
    """

    outcome: Outcome
    leases: Sequence[Lease] = ()
    retry_after: int = 0
    held: Collection[uuid.UUID] = ()


def claim(
    session: Session,
    dataset: Dataset,
    user: User,
    *,
    limit: int,
    lease_seconds: int,
    window: Window = _NO_WINDOW,
    known: Collection[uuid.UUID] = (),
) -> Claim:
    """Return up to ``limit`` leases for a window of a person: first those it holds, renewed, then new ones.

    What another window of the person holds stays there, so that no two show one record. ``known`` are records
    that need not be given again: those on the screen, and those whose answers are on their way.
    """
    refuse_draft(dataset)
    named = get_cached_settings(session, dataset).named_images
    steps = _claim(
        dataset, named, user.id, window, limit=limit, lease_seconds=lease_seconds, known=frozenset(known)
    )
    return run(session, steps)


def release_window(session: Session, dataset: Dataset, user: User, window_id: uuid.UUID) -> None:
    """Let any window of a person have the leases of one that is left; the person keeps them."""
    run(session, _release(dataset.id, user.id, window_id))


def _release(dataset_id: uuid.UUID, user_id: uuid.UUID, window_id: uuid.UUID) -> Plan[None]:
    # In turn with the person's claims: a claim passes over leases that are just being changed.
    yield [
        progress_begun(dataset_id, user_id),
        progress_locked(dataset_id, user_id),
        window_released(dataset_id, user_id, window_id),
    ]


def lookahead(team: TeamProgress, wanted: int) -> int:
    """Return how many records a person who wants ``wanted`` of them ahead may hold: few near the end.

    So the last records go to annotators who are free and do not wait behind the other records of one person.
    """
    return min(wanted, max(2, (team.records - team.completed) // TAIL_SHARE))


def _claim(
    dataset: Dataset,
    named_images: int,
    user_id: uuid.UUID,
    window: Window,
    *,
    limit: int,
    lease_seconds: int,
    known: frozenset[uuid.UUID],
) -> Plan[Claim]:
    _, progress, held, overdue, team = yield [
        progress_begun(dataset.id, user_id),
        progress_locked(dataset.id, user_id),
        leases_renewed(dataset.id, user_id, window, lease_seconds),
        leases_overdue(dataset.id),
        totals_of(dataset.id),
    ]
    if overdue:
        yield [leases_ended(overdue), counts_lowered(overdue)]
    leases = [lease for lease in held.leases if lease.record_id not in known][:limit]
    missing = min(limit - len(leases), MAX_HELD - held.in_all_windows)
    is_done = _is_done(team, progress)
    is_over = True
    if missing > 0 and not is_done:
        search = Search(dataset, named_images, user_id, window.id, progress)
        more, is_over = yield from search.take(missing, lease_seconds=lease_seconds, known=known)
        leases += more
    if leases:
        return Claim(Outcome.PAIRS, leases, held={lease.record_id for lease in (*held.leases, *leases)})
    return (yield from _explain(dataset.id, user_id, held, is_over=is_over, is_done=is_done))


def _explain(
    dataset_id: uuid.UUID, user_id: uuid.UUID, held: HeldLeases, *, is_over: bool, is_done: bool
) -> Plan[Claim]:
    """Return the claim of a person for whom there is no lease: why, and when to ask again."""
    records = {lease.record_id for lease in held.leases}
    if held.in_all_windows:
        return Claim(Outcome.LEASED, retry_after=RETRY_AFTER, held=records)
    if not is_over:
        # The next claim goes on with the search.
        return Claim(Outcome.LEASED, retry_after=1)
    if is_done:
        return Claim(Outcome.DONE)
    seconds = yield from fetch(next_end(dataset_id, user_id))
    if seconds is None:
        return Claim(Outcome.NOTHING)
    return Claim(Outcome.LEASED, retry_after=max(1, min(RETRY_AFTER, int(seconds))))


def _is_done(team: TeamProgress, progress: PersonProgress) -> bool:
    """Say whether every record has all its answers, or this person's."""
    return bool(team.records) and max(team.completed, progress.answered) >= team.records
