"""Saving and deleting responses: no lost lease, double click or change of mind ever loses one.

``save_response`` saves one in the session of a request. ``api.responses.bulk``, to which the annotation page
sends its answers, saves those of many requests together with ``queries_to_lock`` and ``save_batch``.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from diptych.assignments.leases import leases_ended
from diptych.core.db import new_id
from diptych.core.errors import ConflictError, DiptychError, NotFoundError
from diptych.core.statements import Plan, Query, fetch, run
from diptych.models import Dataset, Response, ResponseStatus, User
from diptych.responses.bulk import Changes
from diptych.responses.queries import find_response
from diptych.responses.rules import ResponseInput, ResponseRules, rules_of
from diptych.responses.stored import (
    LockedRecord,
    RecordKey,
    ResponseKey,
    StoredResponse,
    records_existing,
    records_locked,
    responses_stored,
    values_before,
)


@dataclass(frozen=True)
class LockedBatch:
    """The results of ``queries_to_lock``: locked records, by their keys, and rules, by the ids of datasets.

    ``existing`` are the records that there are, locked or not, if those that others have locked were not
    waited for.
    """

    records: Mapping[RecordKey, LockedRecord]
    rules: Mapping[uuid.UUID, ResponseRules]
    existing: Collection[RecordKey] = ()

    def is_blocked(self, key: RecordKey) -> bool:
        """Say whether another transaction has locked a record."""
        return key in self.existing and key not in self.records

    def check(self, given: ResponseInput) -> ResponseInput | DiptychError:
        """Return a response as it is stored, or the error of ``save_response`` for one that does not fit."""
        record = self.records.get(given.key[:2])
        if record is None:
            return NotFoundError("There is no such record in this dataset.", record=str(given.record_id))
        try:
            return self.rules[given.dataset_id].check(given, record.fields)
        except DiptychError as error:
            return error


class StaleResponseError(ConflictError):
    """Another response has this revision or a later one; ``stored`` is the one that stays."""

    def __init__(self, stored: StoredResponse) -> None:
        super().__init__(
            "You already answered this record in another window or program, so this answer was not stored. "
            "Look at the stored answer and change it if it is wrong.",
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
    shown_order: Sequence[int] | None = None,
    duration_ms: int | None = None,
    revision: int | None = None,
    skip_reason: str | None = None,
    actor: User | None = None,
) -> Response:
    """Save a person's response on a record, the first or a changed one, and end their lease on the record.

    ``ResponseInput`` says what the values mean. Raises ``NotFoundError`` for an unknown record,
    ``ConflictError`` if the dataset is a draft, ``StaleResponseError`` if another response has this
    revision or a later one, and ``InvalidError`` for values that do not fit, or for a reason to skip what
    is not discarded.
    """
    given = ResponseInput(
        dataset_id=dataset.id,
        record_id=record_id,
        user_id=user.id,
        values=values,
        status=status,
        shown_order=shown_order,
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
    """Store responses of any people on any records, and end their leases on them.

    Returns what is stored then, or why a response was refused, in the order in which they were given; the
    reasons are those of ``save_response``. What is refused changes nothing and does not hold up the others.
    """
    batch = LockedBatch(*(yield queries_to_lock({one.key[:2] for one in given})))
    return (yield from save_batch(given, batch))


def queries_to_lock(keys: Collection[RecordKey], *, waits: bool = True) -> list[Query[Any]]:
    """Return the queries for ``LockedBatch``, which lock the records against other responses.

    Without ``waits``, records that another transaction has locked are left out.
    """
    queries: list[Query[Any]] = [
        records_locked(keys, waits=waits),
        rules_of({dataset_id for dataset_id, _ in keys}),
    ]
    return queries if waits else [*queries, records_existing(keys)]


def save_batch(
    given: Sequence[ResponseInput], batch: LockedBatch
) -> Plan[list[StoredResponse | DiptychError]]:
    """Store responses as ``save_responses`` does, on records that were locked before."""
    checked = [batch.check(one) for one in given]
    keys = {one.key for one in checked if isinstance(one, ResponseInput)}
    leased, stored = yield [leases_ended(keys), responses_stored(keys)]
    changes = Changes(stored, leased)
    outcomes: list[StoredResponse | DiptychError] = []
    for one in checked:
        if isinstance(one, ResponseInput):
            record, is_late = batch.records[one.key[:2]], one.key not in leased
            outcomes.append((yield from _save(changes, record, one, is_late=is_late)))
        else:
            outcomes.append(one)
    yield changes.queries()
    return outcomes


def delete_response(session: Session, dataset: Dataset, response: Response, *, actor: User) -> None:
    """Delete a response; the audit trail keeps what it was, and that ``actor`` deleted it.

    Raises ``NotFoundError`` if it is gone by now.
    """
    run(session, _delete((dataset.id, response.record_id, response.user_id), actor_id=actor.id))
    session.expunge(response)


def _delete(key: ResponseKey, *, actor_id: uuid.UUID) -> Plan[None]:
    records, stored = yield [records_locked([key[:2]]), responses_stored([key])]
    if key not in stored:
        raise NotFoundError("This response is deleted already.")
    changes = Changes(stored)
    changes.delete(stored[key], actor_id=actor_id, now=records[key[:2]].now)
    yield changes.queries()


def _save(
    changes: Changes, record: LockedRecord, given: ResponseInput, *, is_late: bool
) -> Plan[StoredResponse | StaleResponseError]:
    """Add a response to the changes unless it is known or stale; return what is stored then, or the error."""
    before = changes.stored.get(given.key)
    revision = given.revision or 0
    if before and _is_same(before, given):
        return changes.raise_revision(before, revision) if revision > before.revision else before
    if before and given.revision is not None and revision <= before.revision:
        return before if (yield from _is_resent(changes, before, given)) else StaleResponseError(before)
    after = _become(given, before, is_late=is_late, now=record.now)
    changes.put(after, actor_id=given.actor_id or given.user_id, duration_ms=given.duration_ms or 0)
    return after


def _become(
    given: ResponseInput, before: StoredResponse | None, *, is_late: bool, now: datetime
) -> StoredResponse:
    dataset_id, record_id, user_id = given.key
    shown_order, duration = given.shown_order, given.duration_ms
    if before is not None:
        # A caller who does not say how the images stood has not moved them, and one who measured no time
        # looked no longer.
        shown_order = before.shown_order if shown_order is None else shown_order
        duration = before.duration_ms if duration is None else duration
    return StoredResponse(
        dataset_id=dataset_id,
        record_id=record_id,
        user_id=user_id,
        id=before.id if before else new_id(),
        values=given.values,
        status=given.status,
        shown_order=shown_order,
        duration_ms=duration,
        is_late=before.is_late if before else is_late,
        revision=max((before.revision if before else 0) + 1, given.revision or 0),
        skip_reason=given.skip_reason,
        inserted_at=before.inserted_at if before else now,
        updated_at=now,
    )


def _is_same(before: StoredResponse, given: ResponseInput) -> bool:
    return (before.status, before.values, before.skip_reason) == (
        given.status,
        given.values,
        given.skip_reason,
    )


def _is_resent(changes: Changes, before: StoredResponse, given: ResponseInput) -> Plan[bool]:
    """Say whether a response has come before: it was held up on its way, and is not from another browser.

    The time for which a person looked, to the millisecond, tells two equal responses apart. The audit trail
    does not know reasons to skip: what differs by its reason only is another response if its revision is the
    stored one.
    """
    if given.revision == before.revision and given.values == before.values and given.status == before.status:
        return False
    event = (given.key, given.status, given.duration_ms)
    if given.values in changes.find_values(*event):
        return True
    return given.values in (yield from fetch(values_before(*event)))
