"""On how many days in a row somebody answered."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from diptych.models import Response, ResponseStatus
from diptych.responses.queries import count_days_in_a_row
from tests import factories


@pytest.fixture
def today(session):
    """Return the day, in UTC, on which the database says that it is."""
    return session.scalar(select(text("CAST(now() AS date)")))


@pytest.fixture
def answered(session, dataset, today):
    """Let a person have answered first so many days ago: ``answered(person, 0, 1, at="23:59:59")``."""

    def answered(person, *days_ago, at="12:00", into=None):
        for number in days_ago:
            day = today - timedelta(days=number)
            moment = datetime.fromisoformat(f"{day.isoformat()}T{at}").replace(tzinfo=UTC)
            project = into or dataset
            response = Response(
                dataset_id=project.id,
                record_id=factories.record(session, project).id,
                user_id=person.id,
                values={},
                status=ResponseStatus.DRAFT,
                inserted_at=moment,
            )
            session.add(response)
        session.flush()

    return answered


@pytest.fixture(autouse=True)
def noise(session, person, answered):
    """What the person did elsewhere, and somebody else here."""
    answered(person, *range(10), into=factories.dataset(session))
    answered(factories.user(session), *range(10))


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ((), 0),
        ((0,), 1),
        ((1,), 1),
        ((2,), 0),
        ((0, 0, 1), 2),
        ((0, 1, 2), 3),
        ((1, 2, 3), 3),
        ((0, 2, 3), 1),
        ((0, 1, 3), 2),
    ],
)
def test_days_without_an_answer_end_the_row_but_today_may_still_come(
    session, dataset, person, answered, days_ago, expected
):
    answered(person, *days_ago)
    assert count_days_in_a_row(session, dataset, person) == expected


def test_a_day_is_from_midnight_to_midnight_in_utc(session, dataset, person, answered):
    answered(person, 0, at="00:00")
    answered(person, 1, at="00:00")
    answered(person, 2, at="23:59:59.999999")
    assert count_days_in_a_row(session, dataset, person) == 3


def test_it_looks_no_further_than_a_year(session, dataset, person, answered):
    answered(person, *range(370))
    assert count_days_in_a_row(session, dataset, person) == 366
