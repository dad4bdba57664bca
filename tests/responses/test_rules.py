"""Which responses the rules let in, and in which form they are stored."""

import pytest
from sqlalchemy import select

from diptych.core.errors import InvalidError
from diptych.models import Question, Response, ResponseEvent, ResponseStatus
from diptych.responses.service import save_response
from tests import factories

SUBMITTED, DRAFT = ResponseStatus.SUBMITTED, ResponseStatus.DRAFT
STORED = {"order": {"value": [{"value": "b", "rank": 1}, {"value": "a", "rank": 2}]}}


@pytest.fixture
def give(session):
    """Give an answer to a record whose question is a ranking of a and b."""
    dataset = factories.dataset(session)
    question = session.scalars(select(Question).where(Question.dataset_id == dataset.id)).one()
    options = [{"value": value, "text": value} for value in "ab"]
    question.name, question.settings = "order", {"type": "ranking", "options": options}
    record, person = factories.record(session, dataset), factories.user(session)

    def give(value, status=SUBMITTED):
        return save_response(session, dataset, record.id, person, values={"order": value}, status=status)

    return give


def test_an_answer_is_stored_in_its_one_form(session, give):
    assert give({"value": ["b", "a"], "more": 1}).values == STORED
    assert session.scalars(select(Response.values)).one() == STORED


def test_the_same_answer_in_another_form_changes_nothing(session, give):
    give({"value": ["b", "a"]})
    give(STORED["order"])
    assert len(session.scalars(select(ResponseEvent)).all()) == 1


def test_a_draft_may_be_unfinished_and_a_submitted_answer_may_not(give):
    assert give({"value": ["b"]}, DRAFT).values == {"order": {"value": [{"value": "b", "rank": 1}]}}
    with pytest.raises(InvalidError, match="does not rank 'a'"):
        give({"value": ["b"]})
