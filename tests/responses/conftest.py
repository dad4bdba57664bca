import pytest

from tests import factories


@pytest.fixture
def dataset(session):
    return factories.dataset(session)


@pytest.fixture
def person(session):
    return factories.user(session)


@pytest.fixture
def record(session, dataset):
    return factories.record(session, dataset)
