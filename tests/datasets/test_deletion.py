"""Deleting a dataset while its records are answered."""

import threading

import pytest
from sqlalchemy import select, text

from diptych.datasets.service import delete_dataset
from diptych.models import Dataset, ResponseEvent, ResponseStatus
from diptych.responses.service import save_response
from tests import factories
from tests.polling import wait_until

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@pytest.fixture
def world(database):
    with database.transaction() as session:
        dataset = factories.dataset(session)
        return dataset, factories.record(session, dataset), factories.user(session)


def test_an_answer_that_is_just_being_saved_leaves_nothing_behind(database, world):
    dataset, record, person = world

    def delete():
        with database.transaction() as session:
            delete_dataset(session, session.get_one(Dataset, dataset.id))

    deleting = threading.Thread(target=delete)
    with database.transaction() as session:
        values = {"preference": {"value": "image_1"}}
        save_response(session, dataset, record.id, person, values=values, status=ResponseStatus.SUBMITTED)
        deleting.start()
        with database.alone() as observer:
            wait_until(lambda: observer.scalar(WAITING), "the deletion to wait for the answer")
    deleting.join(10)
    with database.transaction() as session:
        assert session.get(Dataset, dataset.id) is None
        assert session.scalars(select(ResponseEvent)).all() == []
