"""A search that cannot see all the open records at once."""

import pytest

from diptych.assignments import search
from diptych.assignments.service import Outcome, claim
from diptych.models import AnnotatorProgress, ResponseStatus
from diptych.responses.service import save_response
from tests import factories


@pytest.fixture(autouse=True)
def short_sight(monkeypatch):
    monkeypatch.setattr(search, "SCAN_SIZE", 3)
    monkeypatch.setattr(search, "MAX_SCANS", 2)


@pytest.fixture
def person(session):
    return factories.user(session)


@pytest.fixture
def dataset(session):
    return factories.dataset(session, min_submitted=2)


@pytest.fixture
def records(session, dataset):
    """Twenty open records, and completed ones between them that no search meets."""
    made = [factories.record(session, dataset, position=10 * n) for n in range(20)]
    for n in range(20):
        factories.record(session, dataset, position=10 * n + 5, submitted_count=2)
    return made


@pytest.fixture
def answered(session, dataset, person):
    def answered(records):
        for record in records:
            values = {"preference": {"value": "image_1"}}
            save_response(session, dataset, record.id, person, values=values, status=ResponseStatus.SUBMITTED)

    return answered


@pytest.fixture
def look(session, dataset, person):
    """Claim one record for good: return its id, or why there is none and when to ask again."""

    def look():
        claimed = claim(session, dataset, person, limit=1, lease_seconds=60)
        if claimed.leases:
            return claimed.leases[0].record_id
        return claimed.outcome, claimed.retry_after

    return look


def progress(session, dataset, person):
    row = session.get_one(AnnotatorProgress, (dataset.id, person.id))
    session.refresh(row)
    return row.cursor, row.search_start


def test_a_search_that_found_nothing_yet_goes_on_with_the_next_claim(look, records, answered):
    answered(records[:14])
    assert [look(), look(), look()] == [(Outcome.LEASED, 1), (Outcome.LEASED, 1), records[14].id]


def test_it_goes_all_around_and_ends_where_it_began(session, dataset, person, look, records, answered):
    answered(records)
    session.get_one(AnnotatorProgress, (dataset.id, person.id)).cursor = 75
    session.flush()
    assert [look() for _ in range(4)] == [*[(Outcome.LEASED, 1)] * 3, (Outcome.NOTHING, 0)]
    assert progress(session, dataset, person) == (75, None)


def test_it_finds_what_lies_before_where_it_began(session, dataset, person, look, records, answered):
    answered([*records[:4], *records[5:]])
    session.get_one(AnnotatorProgress, (dataset.id, person.id)).cursor = 75
    session.flush()
    assert [look() for _ in range(5)] == [*[(Outcome.LEASED, 1)] * 3, records[4].id, records[4].id]
    assert progress(session, dataset, person) == (40, None)


def test_who_finds_some_takes_them(session, dataset, person, records, answered):
    answered(records[1:18])
    found = []
    for _ in range(5):
        claimed = claim(session, dataset, person, limit=3, lease_seconds=60, known=found)
        found += [lease.record_id for lease in claimed.leases]
    assert found == [records[0].id, records[18].id, records[19].id]


def test_who_has_answered_everything_is_not_searched_for(session, dataset, person, look, answered):
    answered([factories.record(session, dataset, position=n) for n in range(20)])
    assert look() == (Outcome.DONE, 0)
