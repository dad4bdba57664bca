"""Who looks at what next.

A claim costs the same in a dataset of any size: see ``search``. Leases are counted on the record in the same
transaction, so people who work at the same time never give a record more answers than it needs.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import bindparam, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from diptych.assignments.search import Search
from diptych.core import clock
from diptych.core.db import keyed_rows
from diptych.core.pipeline import Query
from diptych.datasets.queries import TeamProgress, team_progress
from diptych.datasets.service import refuse_draft
from diptych.models import AnnotatorProgress, Assignment, Dataset, Record, Response, User

# Ended leases that one claim takes back at the most.
SWEEP = 200
# Seconds after which it is worth asking again at the latest: leases mostly end by an answer, not by time.
RETRY_AFTER = 30
# Leases that a person may hold: their tabs' windows, and what was answered and is still on its way.
MOST_HELD = 64
# So much of what is left may one person hold ahead; two leases always: what is looked at and what comes next.
TAIL_SHARE = 4

LeaseKey = tuple[uuid.UUID, uuid.UUID, uuid.UUID]

_RELEASE = """
DELETE FROM assignments a
USING json_to_recordset(%(rows)s) AS k (dataset_id uuid, record_id uuid, user_id uuid)
WHERE a.dataset_id = ANY(%(dataset_ids)s)
  AND a.dataset_id = k.dataset_id AND a.record_id = k.record_id AND a.user_id = k.user_id
RETURNING a.dataset_id, a.record_id, a.user_id
"""


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
    assignments: Sequence[Assignment] = ()
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
    progress = _lock_progress(session, dataset, user)
    held = _renew(session, dataset, user, lease_seconds)
    _sweep(session, dataset)
    leases = [lease for lease in held if lease.record_id not in known][:limit]
    missing = min(limit - len(leases), MOST_HELD - len(held))
    is_over = True
    if missing > 0 and not _is_done(session, dataset, progress):
        search = Search(session, dataset, user, progress)
        more, is_over = search.take(missing, lease_seconds=lease_seconds, known=known)
        leases += more
    if leases:
        return Claim(Outcome.PAIRS, leases)
    if held:
        return Claim(Outcome.LEASED, retry_after=RETRY_AFTER)
    if not is_over:
        # The next claim goes on with the search.
        return Claim(Outcome.LEASED, retry_after=1)
    return _explain_nothing(session, dataset, user, progress)


def window(team: TeamProgress, wanted: int) -> int:
    """Return how many records a person who wants to see ``wanted`` ahead may hold: few at the end.

    The last records go to whoever is free, and do not wait with somebody who has others before them.
    """
    return min(wanted, max(2, (team.records - team.completed) // TAIL_SHARE))


def leases_ended(leases: Collection[LeaseKey]) -> Query[set[LeaseKey]]:
    """Return the query that ends leases, for those that there were.

    The caller has locked the records and lowers their counts. A lease is known by its dataset, its record
    and its person.
    """
    rows = [dict(zip(("dataset_id", "record_id", "user_id"), lease, strict=True)) for lease in leases]
    return Query(_RELEASE, keyed_rows(rows), set)


def _lock_progress(session: Session, dataset: Dataset, user: User) -> AnnotatorProgress:
    # The lock lets a person's tabs claim one after the other.
    locked = (
        select(AnnotatorProgress)
        .where(AnnotatorProgress.dataset_id == dataset.id, AnnotatorProgress.user_id == user.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    progress = session.scalar(locked)
    if progress is None:
        new = upsert(AnnotatorProgress).values(dataset_id=dataset.id, user_id=user.id)
        session.execute(new.on_conflict_do_nothing())
        progress = session.scalars(locked).one()
    return progress


def _renew(session: Session, dataset: Dataset, user: User, lease_seconds: int) -> Sequence[Assignment]:
    mine = (Assignment.dataset_id == dataset.id) & (Assignment.user_id == user.id)
    # A lease that an answer is just ending is not waited for: the answer may wait for this person's progress.
    free = select(Assignment.record_id).where(mine).with_for_update(skip_locked=True).cte("free")
    renewed = session.scalars(
        update(Assignment)
        .where(mine, Assignment.record_id == free.c.record_id)
        .values(expires_at=clock.now() + timedelta(seconds=lease_seconds))
        .returning(Assignment)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return sorted(renewed, key=lambda assignment: (assignment.inserted_at, assignment.position))


def _sweep(session: Session, dataset: Dataset) -> None:
    """Take back leases that have ended; what somebody else is busy with is left for the next sweep."""
    ended = session.execute(
        select(Assignment.record_id, Assignment.user_id)
        .join(
            Record,
            (Record.dataset_id == Assignment.dataset_id) & (Record.id == Assignment.record_id),
        )
        .where(Assignment.dataset_id == dataset.id, Assignment.expires_at <= clock.now())
        .order_by(Assignment.expires_at)
        .limit(SWEEP)
        .with_for_update(of=[Assignment, Record], skip_locked=True)
    ).all()
    if not ended:
        return
    keys = [{"b_record": record_id, "b_user": user_id} for record_id, user_id in ended]
    connection = session.connection()
    connection.execute(
        delete(Assignment.__table__).where(  # type: ignore[arg-type]
            Assignment.dataset_id == dataset.id,
            Assignment.record_id == bindparam("b_record"),
            Assignment.user_id == bindparam("b_user"),
        ),
        keys,
    )
    connection.execute(
        update(Record.__table__)  # type: ignore[arg-type]
        .where(Record.dataset_id == dataset.id, Record.id == bindparam("b_record"))
        .values(lease_count=Record.lease_count - 1),
        keys,
    )


def _explain_nothing(session: Session, dataset: Dataset, user: User, progress: AnnotatorProgress) -> Claim:
    if _is_done(session, dataset, progress):
        return Claim(Outcome.DONE)
    my_response = exists().where(
        Response.dataset_id == Assignment.dataset_id,
        Response.record_id == Assignment.record_id,
        Response.user_id == user.id,
    )
    seconds = session.scalar(
        select(func.extract("epoch", func.min(Assignment.expires_at) - clock.now())).where(
            Assignment.dataset_id == dataset.id, Assignment.user_id != user.id, ~my_response
        )
    )
    if seconds is None:
        return Claim(Outcome.NOTHING)
    return Claim(Outcome.LEASED, retry_after=max(1, min(RETRY_AFTER, int(seconds))))


def _is_done(session: Session, dataset: Dataset, progress: AnnotatorProgress) -> bool:
    """Say whether every record has all its answers, or this person's."""
    team = team_progress(session, [dataset.id])[dataset.id]
    answered = progress.submitted + progress.draft + progress.discarded
    return bool(team.records) and (team.completed >= team.records or answered >= team.records)
