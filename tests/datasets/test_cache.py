import pytest
from sqlalchemy import event

from diptych.datasets import cache
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.queries import get_dataset
from tests import factories


@pytest.fixture
def asked(session):
    """Say whether reading the settings of a dataset asks the database."""

    def asked(dataset):
        statements = []
        event.listen(
            session.connection(), "before_cursor_execute", lambda *given: statements.append(given[2])
        )
        get_cached_settings(session, dataset)
        return bool(statements)

    return asked


def test_settings_are_read_once_until_they_change(session, asked):
    cats, dogs = factories.dataset(session), factories.dataset(session)
    assert [asked(one) for one in (cats, cats, dogs, dogs, cats)] == [True, False, True, False, False]


def test_only_the_settings_used_last_are_kept(session, asked, monkeypatch):
    monkeypatch.setattr(cache, "MAX_KEPT", 2)
    cats, dogs, owls = (factories.dataset(session) for _ in range(3))
    assert [asked(one) for one in (cats, dogs, cats, owls)] == [True, True, False, True]
    assert [asked(one) for one in (cats, dogs)] == [False, True]


def test_what_is_kept_outlives_a_transaction_that_is_rolled_back(database):
    with database.transaction() as session:
        factories.dataset(session, "cats")
    with database.reading() as session:
        get_cached_settings(session, get_dataset(session, "cats"))
        session.rollback()
    with database.reading() as session:
        kept = get_cached_settings(session, get_dataset(session, "cats"))
    assert [question.name for question in kept.questions] == ["preference"]
