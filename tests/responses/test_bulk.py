"""Answers of many people that are stored together."""

import pytest
from sqlalchemy import func, select

from diptych.assignments.service import claim
from diptych.core.errors import InvalidError, NotFoundError
from diptych.core.statements import run
from diptych.datasets.queries import personal_progress, team_progress
from diptych.models import Assignment, RecordStatus, Response, ResponseEvent, ResponseStatus
from diptych.responses.rules import ResponseInput
from diptych.responses.service import StaleResponseError, save_response, save_responses
from tests import factories

SUBMITTED, DRAFT, DISCARDED = ResponseStatus.SUBMITTED, ResponseStatus.DRAFT, ResponseStatus.DISCARDED


@pytest.fixture
def dataset(session):
    return factories.dataset(session, min_submitted=3)


@pytest.fixture
def people(session):
    return [factories.user(session) for _ in range(4)]


@pytest.fixture(autouse=True)
def noise(session, dataset, people):
    """Answers and leases that are nobody's business here."""
    for place in (dataset, factories.dataset(session)):
        record = factories.record(session, place)
        save_response(session, place, record.id, people[0], values=values("both_bad"), status=SUBMITTED)
        factories.record(session, place)
        claim(session, place, people[3], limit=1, lease_seconds=60)


def values(value="image_1"):
    return {"preference": {"value": value}}


def give(record, person, value="image_1", status=SUBMITTED, **more):
    return ResponseInput(
        dataset_id=record.dataset_id,
        record_id=record.id,
        user_id=person.id,
        values=values(value),
        status=status,
        **more,
    )


def progress(session, dataset, person):
    found = personal_progress(session, person, [dataset.id])[dataset.id]
    session.refresh(found)
    return found.submitted, found.draft, found.discarded, found.total_duration_ms


def test_several_people_complete_a_record_together(session, dataset, people, record):
    before = team_progress(session, [dataset.id])[dataset.id].completed
    stored = run(session, save_responses([give(record, person, duration_ms=100) for person in people]))
    session.refresh(record)
    assert (record.submitted_count, record.status) == (4, RecordStatus.COMPLETED)
    assert team_progress(session, [dataset.id])[dataset.id].completed == before + 1
    assert [one.user_id for one in stored] == [person.id for person in people]
    assert [progress(session, dataset, person) for person in people] == [
        (2, 0, 0, 100),
        *[(1, 0, 0, 100)] * 3,
    ]


def test_answers_to_several_datasets_are_counted_apart(session, dataset, people, record):
    other = factories.dataset(session, min_submitted=1)
    there = factories.record(session, other)
    run(session, save_responses([give(there, people[1]), give(record, people[1]), give(record, people[2])]))
    assert team_progress(session, [other.id])[other.id].completed == 1
    assert team_progress(session, [dataset.id])[dataset.id].completed == 0
    assert progress(session, other, people[1])[0] == progress(session, dataset, people[1])[0] == 1


def test_what_one_person_answers_twice_is_taken_in_order(session, dataset, people, record):
    anna = people[1]
    given = [
        give(record, anna, "image_1"),
        give(record, people[2]),
        give(record, anna, "image_2", DRAFT),
        give(record, anna, "image_2", DRAFT),
        give(record, anna, "both_good"),
    ]
    stored = run(session, save_responses(given))
    assert [(one.status, one.values, one.revision) for one in stored] == [
        (SUBMITTED, values("image_1"), 1),
        (SUBMITTED, values("image_1"), 1),
        (DRAFT, values("image_2"), 2),
        (DRAFT, values("image_2"), 2),
        (SUBMITTED, values("both_good"), 3),
    ]
    assert len({one.id for one in stored}) == 2
    session.refresh(record)
    assert record.submitted_count == 2
    assert progress(session, dataset, anna)[:3] == (1, 0, 0)
    events = session.scalars(
        select(ResponseEvent.status).where(
            ResponseEvent.record_id == record.id, ResponseEvent.user_id == anna.id
        )
    ).all()
    assert sorted(events) == sorted([SUBMITTED, DRAFT, SUBMITTED])


def test_what_does_not_fit_changes_nothing_and_holds_nobody_up(session, dataset, people, record):
    (lease,) = claim(session, dataset, people[1], limit=1, lease_seconds=60).leases
    leased = session.get_one(type(record), (dataset.id, lease.record_id))
    gone = give(record, people[0])
    gone = ResponseInput(**vars(gone) | {"record_id": dataset.id})
    wrong = give(leased, people[1], "image_9")
    refused, unknown, stored = run(session, save_responses([wrong, gone, give(record, people[2])]))
    assert isinstance(refused, InvalidError)
    assert isinstance(unknown, NotFoundError)
    assert stored.values == values()
    mine = (Assignment.dataset_id == dataset.id) & (Assignment.user_id == people[1].id)
    assert session.scalar(select(func.count()).where(mine)) == 1
    given = (Response.record_id == leased.id) & (Response.user_id == people[1].id)
    assert session.scalar(select(func.count()).where(given)) == 0


def test_each_answer_ends_its_own_lease(session, dataset, people, record):
    for person in people[:3]:
        claim(session, dataset, person, limit=5, lease_seconds=60)
    session.refresh(record)
    leases = record.lease_count
    in_time, late = run(session, save_responses([give(record, people[1]), give(record, people[3])]))
    session.refresh(record)
    held = (Assignment.record_id == record.id) & (Assignment.dataset_id == dataset.id)
    assert (in_time.is_late, late.is_late) == (False, True)
    assert record.lease_count == leases - 1
    assert people[1].id not in session.scalars(select(Assignment.user_id).where(held)).all()


def test_a_known_answer_changes_no_count_and_still_ends_the_lease(session, dataset, people, record):
    anna = people[1]
    run(session, save_responses([give(record, anna, revision=2, duration_ms=70)]))
    (again,) = run(session, save_responses([give(record, anna, revision=5, duration_ms=70)]))
    assert again.revision == 5
    assert session.scalar(select(Response.revision).where(Response.id == again.id)) == 5
    assert progress(session, dataset, anna) == (1, 0, 0, 70)
    session.refresh(record)
    assert record.submitted_count == 1


def test_what_is_returned_is_what_is_stored(session, people, record):
    (made,) = run(session, save_responses([give(record, people[1], shown_order=[2, 1], duration_ms=5)]))
    row = session.get_one(Response, (record.dataset_id, record.id, people[1].id))
    assert {name: getattr(row, name) for name in vars(made)} == vars(made)
    skipped = ResponseInput(**vars(give(record, people[1], status=DISCARDED)) | {"skip_reason": " Dark "})
    (changed,) = run(session, save_responses([skipped]))
    session.refresh(row)
    assert {name: getattr(row, name) for name in vars(changed)} == vars(changed)
    assert (changed.shown_order, changed.duration_ms, changed.skip_reason) == ([2, 1], 5, "Dark")


def test_of_two_answers_with_one_revision_in_one_batch_the_first_stays(session, dataset, people, record):
    given = [
        give(record, people[1], "image_1", revision=1),
        give(record, people[2], "image_2", revision=1),
        give(record, people[1], "image_2", revision=1),
        give(record, people[1], "image_1", revision=1),
        give(record, people[1], "both_good", revision=2),
        give(record, people[1], "image_1", revision=1),
    ]
    first, _, refused, again, later, late = run(session, save_responses(given))
    assert isinstance(refused, StaleResponseError)
    assert refused.stored == first == again
    assert (late, later.values) == (later, values("both_good"))
    assert progress(session, dataset, people[1])[:3] == (1, 0, 0)
