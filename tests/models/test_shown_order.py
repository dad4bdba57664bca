"""The order of images on screen: the database takes permutations only."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from diptych.models import Assignment, ResponseEvent, ResponseStatus
from diptych.responses.service import save_response
from tests import factories

TABLES = ["responses", "response_events", "assignments"]


@pytest.fixture
def world(session):
    """A record that somebody answered and somebody else looks at."""
    dataset = factories.dataset(session, min_submitted=2)
    record = factories.record(session, dataset)
    values = {"preference": {"value": "image_1"}}
    save_response(
        session, dataset, record.id, factories.user(session), values=values, status=ResponseStatus.SUBMITTED
    )
    moment = session.scalar(text("SELECT now()"))
    keys = {"dataset_id": dataset.id, "record_id": record.id, "user_id": factories.user(session).id}
    session.add(Assignment(**keys, position=1, expires_at=moment))
    session.flush()
    return dataset


def put(session, table, order):
    with session.begin_nested():
        session.execute(text(f"UPDATE {table} SET shown_order = :order"), {"order": order})  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("order", [None, "{1}", "{1,2}", "{2,1}", "{3,1,2}", "{12,11,10,9,8,7,6,5,4,3,2,1}"])
def test_a_permutation_or_nothing_is_an_order(session, world, table, order):
    put(session, table, order)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "order",
    [
        "{}",
        "{2}",
        "{1,1}",
        "{0,1}",
        "{1,3}",
        "{1,NULL}",
        "{-1,1}",
        "{{1,2}}",
        "{{1,2},{3,4}}",
        "[0:1]={1,2}",
        "{1,2,3,4,5,6,7,8,9,10,11,12,13}",
    ],
)
def test_everything_else_is_refused(session, world, table, order):
    with pytest.raises(DBAPIError, match=f"ck_{table}_shown_order"):
        put(session, table, order)


def test_an_excluded_record_is_not_open(session, world):
    for excluded, is_open in ((False, True), (True, False)):
        session.execute(
            text("UPDATE records SET is_excluded = :excluded, lease_count = 0"), {"excluded": excluded}
        )
        assert session.scalars(text("SELECT DISTINCT is_open FROM records")).all() == [is_open]


def test_an_event_says_why_and_whether_it_was_late(session, world):
    (event,) = session.query(ResponseEvent).all()
    assert (event.skip_reason, event.is_late, event.is_counted) == (None, True, True)
