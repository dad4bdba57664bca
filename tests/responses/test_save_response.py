import pytest
from sqlalchemy import func, select

from diptych.assignments.service import claim
from diptych.core.errors import InvalidError, NotFoundError
from diptych.datasets.queries import personal_progress, team_progress
from diptych.models import Assignment, RecordStatus, Response, ResponseEvent, ResponseStatus
from diptych.responses import queries
from diptych.responses.rules import MAX_DURATION_MS
from diptych.responses.service import save_response
from tests import factories

SUBMITTED, DRAFT, DISCARDED = ResponseStatus.SUBMITTED, ResponseStatus.DRAFT, ResponseStatus.DISCARDED


def values(value="image_1"):
    return {"preference": {"value": value}}


@pytest.fixture(autouse=True)
def noise(session, person):
    """The same person's answer in another dataset, which no count may include."""
    other = factories.dataset(session)
    noise = factories.record(session, other)
    save_response(session, other, noise.id, person, values=values("both_bad"), status=SUBMITTED)


def mine(session, dataset, person):
    progress = personal_progress(session, person, [dataset.id])[dataset.id]
    session.refresh(progress)
    return progress.submitted, progress.draft, progress.discarded


def completed(session, dataset):
    return team_progress(session, [dataset.id])[dataset.id].completed


def test_a_submitted_answer_completes_the_record_and_ends_the_lease(session, dataset, record, person):
    claim(session, dataset, person, limit=1, lease_seconds=60)
    response = save_response(
        session,
        dataset,
        record.id,
        person,
        values=values(),
        status=SUBMITTED,
        shown_order=[2, 1],
        duration_ms=900,
    )
    session.refresh(record)
    assert (record.submitted_count, record.lease_count, record.status) == (1, 0, RecordStatus.COMPLETED)
    assert (response.values, response.shown_order, response.duration_ms) == (values(), [2, 1], 900)
    assert response.is_late is False
    assert session.scalar(select(func.count()).where(Assignment.dataset_id == dataset.id)) == 0
    assert mine(session, dataset, person) == (1, 0, 0)
    assert completed(session, dataset) == 1


def test_a_change_of_mind_is_one_answer_and_two_events(session, dataset, record, person):
    for value in ("image_1", "both_good"):
        response = save_response(session, dataset, record.id, person, values=values(value), status=SUBMITTED)
    events = session.scalars(
        select(ResponseEvent).where(ResponseEvent.dataset_id == dataset.id).order_by(ResponseEvent.id)
    ).all()
    assert response.values == values("both_good")
    assert [event.values for event in events] == [values("image_1"), values("both_good")]
    assert mine(session, dataset, person) == (1, 0, 0)


def test_the_same_answer_sent_again_changes_nothing(session, dataset, record, person):
    first = save_response(
        session, dataset, record.id, person, values=values(), status=SUBMITTED, duration_ms=5
    )
    again = save_response(
        session, dataset, record.id, person, values=values(), status=SUBMITTED, duration_ms=9
    )
    session.refresh(record)
    assert again.id == first.id
    assert again.duration_ms == 5
    assert record.submitted_count == 1
    assert session.scalar(select(func.count()).where(ResponseEvent.dataset_id == dataset.id)) == 1


def test_discarding_a_submitted_answer_opens_the_record_again(session, dataset, record, person):
    save_response(session, dataset, record.id, person, values=values(), status=SUBMITTED)
    save_response(session, dataset, record.id, person, values={}, status=DISCARDED)
    session.refresh(record)
    assert (record.submitted_count, record.status, record.is_open) == (0, RecordStatus.PENDING, True)
    assert mine(session, dataset, person) == (0, 0, 1)
    assert completed(session, dataset) == 0


def test_a_draft_does_not_count(session, dataset, record, person):
    save_response(session, dataset, record.id, person, values=values(), status=DRAFT)
    session.refresh(record)
    assert record.submitted_count == 0
    assert mine(session, dataset, person) == (0, 1, 0)


def test_an_answer_after_the_end_of_its_lease_is_kept_and_marked_late(session, dataset, record, person):
    other = factories.user(session)
    save_response(session, dataset, record.id, other, values=values(), status=SUBMITTED)
    response = save_response(session, dataset, record.id, person, values=values("image_2"), status=SUBMITTED)
    session.refresh(record)
    assert response.is_late is True
    assert record.submitted_count == 2
    assert completed(session, dataset) == 1


@pytest.mark.parametrize("value", ["image_3", "", None, 1, True, ["image_1"], 1e308])
def test_a_value_that_is_not_a_label_is_refused(session, dataset, record, person, value):
    with pytest.raises(InvalidError, match="not one of the labels"):
        save_response(session, dataset, record.id, person, values=values(value), status=SUBMITTED)
    assert queries.find_response(session, dataset, record.id, person) is None


def test_an_answer_to_a_question_that_was_not_asked_is_refused(session, dataset, record, person):
    with pytest.raises(InvalidError, match="no question 'taste'"):
        save_response(session, dataset, record.id, person, values={"taste": {"value": "good"}}, status=DRAFT)


def test_a_submitted_answer_needs_a_value(session, dataset, record, person):
    with pytest.raises(InvalidError, match="'preference' is needed"):
        save_response(session, dataset, record.id, person, values={}, status=SUBMITTED)


def test_a_record_of_another_dataset_is_not_found(session, dataset, person):
    stranger = factories.record(session, factories.dataset(session))
    with pytest.raises(NotFoundError):
        save_response(session, dataset, stranger.id, person, values=values(), status=SUBMITTED)


@pytest.mark.parametrize(("sent", "stored"), [(-5, 0), (10**12, MAX_DURATION_MS), (None, None)])
def test_a_time_that_cannot_be_is_brought_into_range(session, dataset, record, person, sent, stored):
    response = save_response(
        session, dataset, record.id, person, values=values(), status=SUBMITTED, duration_ms=sent
    )
    assert response.duration_ms == stored


def test_a_person_walks_back_and_forth_through_their_answers(session, dataset, person):
    records = [factories.record(session, dataset) for _ in range(3)]
    given = [
        save_response(session, dataset, record.id, person, values=values(), status=status)
        for record, status in zip(records, [SUBMITTED, DISCARDED, SUBMITTED], strict=True)
    ]
    latest = queries.find_before(session, dataset, person, None)
    assert latest == given[2]
    assert queries.find_before(session, dataset, person, latest) == given[1]
    assert queries.find_before(session, dataset, person, latest, SUBMITTED) == given[0]
    assert queries.find_after(session, dataset, person, given[0]) == given[1]
    assert queries.find_before(session, dataset, person, given[0]) is None
    assert session.scalar(select(func.count()).where(Response.dataset_id == dataset.id)) == 3


def test_a_change_that_says_nothing_of_the_sides_keeps_them(session, dataset, record, person):
    order = [2, 1]
    save_response(session, dataset, record.id, person, values=values(), status=SUBMITTED, shown_order=order)
    changed = save_response(session, dataset, record.id, person, values=values("image_2"), status=SUBMITTED)
    assert (changed.values, changed.shown_order) == (values("image_2"), order)


def test_a_change_that_says_nothing_of_the_time_keeps_it(session, dataset, record, person):
    save_response(session, dataset, record.id, person, values=values(), status=SUBMITTED, duration_ms=900)
    changed = save_response(session, dataset, record.id, person, values=values("image_2"), status=SUBMITTED)
    assert changed.duration_ms == 900


def test_the_time_that_a_person_looked_adds_up(session, dataset, person):
    first, second = (factories.record(session, dataset) for _ in range(2))
    for record, value, duration in [
        (first, "image_1", 900),
        (first, "image_1", 50),  # the same again
        (second, "image_1", 10**12),
        (first, "image_2", 100),
        (second, "image_2", None),
        (second, "both_bad", -5),
    ]:
        save_response(
            session,
            dataset,
            record.id,
            person,
            values=values(value),
            status=SUBMITTED,
            duration_ms=duration,
        )
    progress = personal_progress(session, person, [dataset.id])[dataset.id]
    session.refresh(progress)
    assert progress.total_duration_ms == 900 + MAX_DURATION_MS + 100
