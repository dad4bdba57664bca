"""Taking answers: no lease, no click twice and no change of mind ever loses one."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from diptych.assignments.leases import leases_ended
from diptych.core.db import new_id
from diptych.core.errors import ConflictError, DiptychError, NotFoundError
from diptych.core.statements import Plan, Query, fetch, run
from diptych.models import Dataset, Response, ResponseStatus, User
from diptych.responses.bulk import Batch
from diptych.responses.queries import find_response
from diptych.responses.rules import ResponseInput, ResponseRules, rules_of
from diptych.responses.stored import (
    LockedRecord,
    RecordKey,
    StoredResponse,
    records_existing,
    records_locked,
    responses_stored,
    values_before,
)


@dataclass(frozen=True)
class LockedBatch:
    """What ``queries_to_lock`` returns: locked records, by their keys, and rules, by the ids of datasets.

    ``existing`` are the records that there are, locked or not, if those of other transactions were not
    waited for.
    """

    records: Mapping[RecordKey, LockedRecord]
    rules: Mapping[uuid.UUID, ResponseRules]
    existing: Collection[RecordKey] = ()

    @property
    def blocked(self) -> Collection[RecordKey]:
        """The records that another transaction has locked."""
        return set(self.existing) - self.records.keys()


class StaleResponseError(ConflictError):
    """An answer came after another one had taken its revision; ``stored`` is what stays."""

    def __init__(self, stored: StoredResponse) -> None:
        super().__init__(
            "Another answer of yours on this record was stored first, so this one was not. "
            "Look at the one that is stored, and change it if it is not what you mean.",
            revision=stored.revision,
        )
        self.stored = stored


def save_response(
    session: Session,
    dataset: Dataset,
    record_id: uuid.UUID,
    user: User,
    *,
    values: Mapping[str, Any],
    status: ResponseStatus,
    swapped: bool | None = None,
    duration_ms: int | None = None,
    revision: int | None = None,
    skip_reason: str | None = None,
    actor: User | None = None,
) -> Response:
    """Store what a person answers on a record, or changes their answer to, and end their lease on it.

    What the values mean is said at ``ResponseInput``. Raises ``NotFoundError`` for an unknown record,
    ``ConflictError`` if the dataset is a draft, ``StaleResponseError`` if another answer has this revision
    or a later one, and ``InvalidError`` for values that do not fit, or for a reason to skip what is not
    discarded.
    """
    given = ResponseInput(
        dataset_id=dataset.id,
        record_id=record_id,
        user_id=user.id,
        values=values,
        status=status,
        swapped=swapped,
        duration_ms=duration_ms,
        revision=revision,
        skip_reason=skip_reason,
        actor_id=actor.id if actor else None,
    )
    (outcome,) = run(session, save_responses([given]))
    if isinstance(outcome, DiptychError):
        raise outcome
    response = find_response(session, dataset, record_id, user, lock=True)
    assert response is not None  # noqa: S101 - it has just been stored
    return response


def save_responses(given: Sequence[ResponseInput]) -> Plan[list[StoredResponse | DiptychError]]:
    """Store answers of any people on any records, and end their leases on them.

    Returns what is stored then, or why an answer was refused, in the order in which they were given; the
    reasons are those of ``answer``. What is refused changes nothing and does not hold up the others.
    """
    asked = LockedBatch(*(yield queries_to_lock({one.key[:2] for one in given})))
    return (yield from store(given, asked))


def queries_to_lock(keys: Collection[RecordKey], *, waits: bool = True) -> list[Query[Any]]:
    """Return the queries for ``LockedBatch``: nobody else answers the records from here on.

    Without ``waits``, records that another transaction has locked are left out.
    """
    queries: list[Query[Any]] = [
        records_locked(keys, waits=waits),
        rules_of({dataset_id for dataset_id, _ in keys}),
    ]
    return queries if waits else [*queries, records_existing(keys)]


def store(given: Sequence[ResponseInput], asked: LockedBatch) -> Plan[list[StoredResponse | DiptychError]]:
    """Store answers as ``save_responses`` does, on records that were locked before."""
    records, rules = asked.records, asked.rules
    outcomes: dict[int, StoredResponse | DiptychError] = {}
    batch = Batch()
    for places in _rounds(given):
        if before := batch.answers():
            yield before
        fitting: dict[int, ResponseInput] = {}
        for place in places:
            one = given[place]
            try:
                record = _get_record(records, one)
                fitting[place] = rules[one.dataset_id].check(one, record.fields)
            except DiptychError as error:
                outcomes[place] = error
        keys = [one.key for one in fitting.values()]
        leased, stored = yield [leases_ended(keys), responses_stored(keys)]
        for place, one in fitting.items():
            if one.key in leased:
                batch.release(one.key)
            record = _get_record(records, one)
            outcomes[place] = yield from _take(
                batch, record, one, stored.get(one.key), late=one.key not in leased
            )
    yield [*batch.answers(), *batch.counts()]
    return [outcomes[place] for place in range(len(given))]


def delete_response(session: Session, dataset: Dataset, response: Response, *, actor: User) -> None:
    """Delete an answer; the audit trail keeps what it was, and that it was taken back by ``actor``."""
    (record,) = run(session, fetch(records_locked([(dataset.id, response.record_id)]))).values()
    session.refresh(response, with_for_update=True)
    batch = Batch()
    batch.note(response, record, before=response.status, after=None, actor_id=actor.id)
    for query in (*batch.answers(), *batch.counts()):
        run(session, fetch(query))
    session.delete(response)
    session.flush()


def _rounds(given: Sequence[ResponseInput]) -> Iterator[Sequence[int]]:
    """Yield the places of answers so that in no round somebody answers a record twice."""
    waiting = list(range(len(given)))
    while waiting:
        first = {given[place].key: place for place in reversed(waiting)}
        places = sorted(first.values())
        yield places
        waiting = [place for place in waiting if first[given[place].key] != place]


def _get_record(records: Mapping[RecordKey, LockedRecord], given: ResponseInput) -> LockedRecord:
    record = records.get((given.dataset_id, given.record_id))
    if record is None:
        raise NotFoundError("There is no such record in this dataset.", record=str(given.record_id))
    return record


def _take(
    batch: Batch, record: LockedRecord, given: ResponseInput, before: StoredResponse | None, *, late: bool
) -> Plan[StoredResponse | StaleResponseError]:
    """Put an answer in the batch, unless it is known or stale; return what is stored then, or the error."""
    if before and _is_same(before, given):
        after = replace(before, revision=max(before.revision, given.revision or 0))
        if after.revision != before.revision:
            batch.raise_revision(after)
        return after
    if before and given.revision is not None and given.revision <= before.revision:
        return before if (yield from _is_resent(before, given)) else StaleResponseError(before)
    after = _become(record, given, before, late=late)
    batch.put(after)
    batch.note(
        after,
        record,
        before=before.status if before else None,
        after=after.status,
        actor_id=given.actor_id or given.user_id,
        looked_ms=given.duration_ms or 0,
    )
    return after


def _become(
    record: LockedRecord, given: ResponseInput, before: StoredResponse | None, *, late: bool
) -> StoredResponse:
    dataset_id, record_id, user_id = given.key
    swapped, looked = given.swapped, given.duration_ms
    if before is not None:
        # Who does not say how the sides stood has not moved them, and who measured no time looked no longer.
        swapped = before.swapped if swapped is None else swapped
        looked = before.duration_ms if looked is None else looked
    return StoredResponse(
        dataset_id=dataset_id,
        record_id=record_id,
        user_id=user_id,
        id=before.id if before else new_id(),
        values=given.values,
        status=given.status,
        swapped=swapped,
        duration_ms=looked,
        late=before.late if before else late,
        revision=max((before.revision if before else 0) + 1, given.revision or 0),
        skip_reason=given.skip_reason,
        inserted_at=before.inserted_at if before else record.now,
        updated_at=record.now,
    )


def _is_same(before: StoredResponse, given: ResponseInput) -> bool:
    return (before.status, before.values, before.skip_reason) == (
        given.status,
        given.values,
        given.skip_reason,
    )


def _is_resent(before: StoredResponse, given: ResponseInput) -> Plan[bool]:
    """Say whether an answer has come before: one that was held up on its way, and not one from another place.

    The time that somebody looked, to the millisecond, tells two equal answers apart. The audit trail does not
    know reasons to skip: what differs by its reason only is another answer if its revision is the stored one.
    """
    if given.revision == before.revision and given.values == before.values and given.status == before.status:
        return False
    known = yield from fetch(values_before(given.key, given.status, given.duration_ms))
    return given.values in known
