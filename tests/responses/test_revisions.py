"""Answers that come twice, late or in another order than they were given in."""

import pytest
from sqlalchemy import select

from diptych.core.errors import NotFoundError
from diptych.models import ResponseEvent, ResponseStatus
from diptych.responses import queries
from diptych.responses.service import StaleResponseError, delete_response, save_response
from tests import factories

SUBMITTED, DISCARDED = ResponseStatus.SUBMITTED, ResponseStatus.DISCARDED


@pytest.fixture
def give(session, dataset, record, person):
    """Give an answer to the record; somebody else's, and one to another record, are there already."""
    for other, whose in ((record, factories.user(session)), (factories.record(session, dataset), person)):
        values = {"preference": {"value": "both_bad"}}
        save_response(session, dataset, other.id, whose, values=values, status=SUBMITTED, revision=7)

    def give(value, revision=None, status=SUBMITTED, **more):
        values = {"preference": {"value": value}} if value else {}
        return save_response(
            session, dataset, record.id, person, values=values, status=status, revision=revision, **more
        )

    return give


@pytest.fixture
def stored(session, dataset, record, person):
    """Return the value and the revision that are stored, and the values of all the events."""

    def stored():
        session.expire_all()
        response = queries.find_response(session, dataset, record.id, person)
        events = session.scalars(
            select(ResponseEvent)
            .where(ResponseEvent.record_id == record.id, ResponseEvent.user_id == person.id)
            .order_by(ResponseEvent.id)
        )
        return value_of(response), response.revision, [value_of(event) for event in events]

    return stored


def value_of(answer):
    return answer.values.get("preference", {}).get("value")


def test_who_gives_no_revision_counts_up_from_one(give, stored):
    assert give("image_1").revision == 1
    assert give("image_2").revision == 2
    assert give("image_2").revision == 2
    assert stored() == ("image_2", 2, ["image_1", "image_2"])


def test_revisions_may_begin_anywhere_and_leave_some_out(give, stored):
    give("image_1", 3)
    give("image_2", 9)
    assert stored() == ("image_2", 9, ["image_1", "image_2"])


def test_an_earlier_answer_that_arrives_once_more_changes_nothing(give, stored):
    give("image_2", 1, duration_ms=50)
    give(None, 2, DISCARDED, duration_ms=70)
    give("image_1", 3, duration_ms=900)
    late = give("image_2", 1, duration_ms=50)
    assert (value_of(late), late.revision, late.duration_ms) == ("image_1", 3, 900)
    give(None, 2, DISCARDED, duration_ms=70)
    assert stored() == ("image_1", 3, ["image_2", None, "image_1"])


def test_an_earlier_answer_that_arrives_once_more_ends_no_count(session, give, record):
    give(None, 1, DISCARDED)
    give("image_1", 2)
    give(None, 1, DISCARDED)
    session.refresh(record)
    assert record.submitted_count == 2


@pytest.mark.parametrize(("value", "duration_ms"), [("image_2", 50), ("both_bad", 40)])
@pytest.mark.parametrize("revision", [1, 2])
def test_another_answer_from_a_second_browser_is_refused_with_what_is_stored(
    give, stored, value, duration_ms, revision
):
    give("both_bad", 1, duration_ms=30)
    first = give("image_1", 2, duration_ms=50)
    with pytest.raises(StaleResponseError) as refused:
        give(value, revision, duration_ms=duration_ms)
    assert refused.value.status == 409
    assert value_of(refused.value.stored) == "image_1"
    assert (refused.value.stored.id, refused.value.stored.revision) == (first.id, 2)
    assert stored() == ("image_1", 2, ["both_bad", "image_1"])


def test_the_same_discard_for_another_reason_is_another_answer(give, stored):
    give(None, 1, DISCARDED, skip_reason="Too dark", duration_ms=50)
    with pytest.raises(StaleResponseError) as refused:
        give(None, 1, DISCARDED, skip_reason="Blurred", duration_ms=50)
    assert refused.value.stored.skip_reason == "Too dark"
    assert stored() == (None, 1, [None])


def test_the_same_answer_again_keeps_the_higher_revision(give, stored):
    give("image_1", 2)
    assert give("image_1", 2).revision == 2
    assert give("image_1", 1).revision == 2
    assert give("image_1", 5).revision == 5
    assert give("image_1").revision == 5
    assert stored() == ("image_1", 5, ["image_1"])


def test_of_two_answers_with_one_revision_the_first_stays(give, stored):
    give("image_1", 4)
    with pytest.raises(StaleResponseError):
        give("image_2", 4)
    assert stored() == ("image_1", 4, ["image_1"])


def test_who_gives_no_revision_changes_whatever_is_stored(give, stored):
    give("image_1", 4)
    give("image_2")
    assert stored() == ("image_2", 5, ["image_1", "image_2"])


def test_a_response_that_was_deleted_begins_again(session, dataset, person, give, stored):
    delete_response(session, dataset, give("image_1", 4), actor=person)
    give("image_2", 1)
    assert stored() == ("image_2", 1, ["image_1", "image_1", "image_2"])


def test_a_response_is_deleted_once(session, dataset, record, person, give):
    response = give("image_1")
    delete_response(session, dataset, response, actor=person)
    with pytest.raises(NotFoundError):
        delete_response(session, dataset, response, actor=person)
    assert queries.find_response(session, dataset, record.id, person) is None
    session.refresh(record)
    assert record.submitted_count == 1
