"""Taking answers: no lease, no click twice and no change of mind ever loses one."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.assignments.service import release
from diptych.core import clock
from diptych.core.errors import InvalidError
from diptych.core.storable import printable, shown
from diptych.datasets.queries import list_questions
from diptych.datasets.service import add_to_totals, refuse_draft
from diptych.models import (
    AnnotatorProgress,
    Dataset,
    Record,
    RecordStatus,
    Response,
    ResponseEvent,
    ResponseStatus,
    User,
)
from diptych.questions import parse_settings
from diptych.records.queries import get_record
from diptych.responses.queries import find_response

# What is stored as the time of an answer at the most: a day; longer is a clock that went wrong.
LONGEST_MS = 86_400_000


def answer(
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

    ``values`` is ``{question: {"value": …}}``, canonical however the sides stood; ``swapped`` says how they
    stood, ``duration_ms`` how long the person looked, in milliseconds. ``revision`` is this answer's number
    among the person's answers on the record: neither the same answer again nor an earlier one that is sent
    once more changes anything. ``skip_reason`` is why a record is discarded. ``actor`` is who does this if
    it is not the person. Raises ``NotFoundError`` for an unknown record, ``ConflictError`` if the dataset is
    a draft, and ``InvalidError`` for values that do not fit, or for a reason to skip what is not discarded.
    """
    refuse_draft(dataset)
    record = get_record(session, dataset, record_id, lock=True)
    values = _check_values(session, dataset, record, values, status)
    skip_reason = _check_reason(skip_reason, status)
    had_lease = release(session, dataset, record_id, user)
    response = find_response(session, dataset, record_id, user, lock=True)
    duration_ms = None if duration_ms is None else max(0, min(duration_ms, LONGEST_MS))
    before = response.status if response else None
    if response is None:
        response = Response(
            dataset_id=dataset.id, record_id=record_id, user_id=user.id, late=not had_lease, revision=0
        )
        session.add(response)
    elif _is_same(response, values, status, skip_reason) or (
        revision is not None
        and revision < response.revision
        and _is_known(session, response, values, status, duration_ms)
    ):
        response.revision = max(response.revision, revision or 0)
        _move_counts(session, record, submitted=0, leased=-int(had_lease))
        return response
    response.values = values
    response.status = status
    # Who does not say how the sides stood has not moved them, and who measured no time looked no longer.
    if swapped is not None:
        response.swapped = swapped
    if duration_ms is not None:
        response.duration_ms = duration_ms
    response.revision = max(response.revision + 1, revision or 0)
    response.skip_reason = skip_reason
    response.updated_at = clock.now()
    session.flush()
    _note_event(session, response, status, actor=actor or user)
    _count(
        session,
        dataset,
        record,
        user,
        before=before,
        after=status,
        leased=-int(had_lease),
        looked_ms=duration_ms or 0,
    )
    return response


def take_back(session: Session, dataset: Dataset, response: Response, author: User, *, actor: User) -> None:
    """Delete an answer; the audit trail keeps what it was, and that it was taken back by ``actor``."""
    record = get_record(session, dataset, response.record_id, lock=True)
    session.refresh(response, with_for_update=True)
    _note_event(session, response, None, actor=actor)
    _count(session, dataset, record, author, before=response.status, after=None, leased=0)
    session.delete(response)
    session.flush()


def _check_values(
    session: Session, dataset: Dataset, record: Record, values: Mapping[str, Any], status: ResponseStatus
) -> dict[str, Any]:
    """Return the values of an answer as they are stored, or raise ``InvalidError``."""
    questions = {question.name: question for question in list_questions(session, dataset)}
    submitted = status == ResponseStatus.SUBMITTED
    checked = {}
    for name, answer_ in values.items():
        if name not in questions:
            raise InvalidError(f"This dataset has no question named {shown(name)}.", question=printable(name))
        if not isinstance(answer_, Mapping) or "value" not in answer_:
            raise InvalidError(f'The answer to {name!r} has to look like {{"value": …}}.', question=name)
        settings = parse_settings(questions[name].settings)
        value = settings.parse_value(answer_["value"], partial=not submitted, fields=record.fields)
        checked[name] = {"value": value}
    missing = [name for name, question in questions.items() if question.required and name not in values]
    if submitted and missing:
        raise InvalidError(f"An answer to {missing[0]!r} is needed.", question=missing[0])
    return checked


def _check_reason(reason: str | None, status: ResponseStatus) -> str | None:
    """Return the reason to skip as it is stored, or raise ``InvalidError``; an empty one is none."""
    reason = (reason or "").strip() or None
    if reason and status != ResponseStatus.DISCARDED:
        raise InvalidError(f"Only what is discarded has a reason to skip it; this is {status.value}.")
    return reason


def _is_same(
    response: Response, values: Mapping[str, Any], status: ResponseStatus, skip_reason: str | None
) -> bool:
    return (response.status, response.values, response.skip_reason) == (status, values, skip_reason)


def _is_known(
    session: Session,
    response: Response,
    values: Mapping[str, Any],
    status: ResponseStatus,
    duration_ms: int | None,
) -> bool:
    """Say whether an answer has come before: one that was held up on its way, and not one from another place.

    The time that somebody looked, to the millisecond, tells two equal answers apart.
    """
    events = select(ResponseEvent.values).where(
        ResponseEvent.dataset_id == response.dataset_id,
        ResponseEvent.record_id == response.record_id,
        ResponseEvent.user_id == response.user_id,
        ResponseEvent.status == status,
        ResponseEvent.duration_ms.is_not_distinct_from(duration_ms),
    )
    return values in session.scalars(events).all()


def _note_event(session: Session, response: Response, status: ResponseStatus | None, *, actor: User) -> None:
    session.add(
        ResponseEvent(
            dataset_id=response.dataset_id,
            record_id=response.record_id,
            user_id=response.user_id,
            actor_id=actor.id,
            status=status,
            values=response.values,
            swapped=response.swapped,
            duration_ms=response.duration_ms,
        )
    )
    session.flush()


def _count(
    session: Session,
    dataset: Dataset,
    record: Record,
    user: User,
    *,
    before: ResponseStatus | None,
    after: ResponseStatus | None,
    leased: int,
    looked_ms: int = 0,
) -> None:
    submitted = int(after == ResponseStatus.SUBMITTED) - int(before == ResponseStatus.SUBMITTED)
    was_completed = record.status == RecordStatus.COMPLETED
    is_completed = record.submitted_count + submitted >= record.min_submitted
    _move_counts(session, record, submitted=submitted, leased=leased)
    # Also when the status stays: the person was at work.
    _move_progress(session, dataset, user, before, after, looked_ms)
    if was_completed != is_completed:
        record.updated_at = clock.now()
        session.flush()
        add_to_totals(session, dataset, completed=int(is_completed) - int(was_completed))


def _move_counts(session: Session, record: Record, *, submitted: int, leased: int) -> None:
    if not submitted and not leased:
        return
    session.execute(
        update(Record)
        .where(Record.dataset_id == record.dataset_id, Record.id == record.id)
        .values(
            submitted_count=Record.submitted_count + submitted,
            lease_count=Record.lease_count + leased,
        )
        .execution_options(synchronize_session=False)
    )


def _move_progress(
    session: Session,
    dataset: Dataset,
    user: User,
    before: ResponseStatus | None,
    after: ResponseStatus | None,
    looked_ms: int,
) -> None:
    # The columns are named like the statuses they count.
    moves = {status.value: int(status == after) - int(status == before) for status in ResponseStatus}
    moves["looked_ms"] = looked_ms
    statement = insert(AnnotatorProgress).values(
        dataset_id=dataset.id, user_id=user.id, **{name: max(0, by) for name, by in moves.items()}
    )
    changed = {name: getattr(AnnotatorProgress, name) + by for name, by in moves.items() if by}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["dataset_id", "user_id"], set_={**changed, "updated_at": clock.now()}
        )
    )
