"""Jobs that come at the same time share a transaction, and nothing else."""

import asyncio
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from diptych.core import admission
from diptych.core.admission import Places
from diptych.core.db import Database
from diptych.core.errors import InvalidError, UnavailableError
from diptych.core.group_commit import MOST_JOBS, GroupCommit


@pytest.fixture
def notes(migrated_database):
    """A table for the jobs, and what is committed in it, in its order."""
    with migrated_database.transaction() as session:
        session.execute(text("CREATE TABLE notes (n serial, note text)"))

    def notes():
        with migrated_database.reading() as session:
            return session.scalars(text("SELECT note FROM notes ORDER BY n")).all()

    yield notes
    with migrated_database.transaction() as session:
        session.execute(text("DROP TABLE notes"))


def write(session, jobs):
    """Write each job down; return the transaction that did it, or an error for jobs that ask for one."""
    outcomes = []
    for job in jobs:
        if job == "refuse":
            outcomes.append(InvalidError("No."))
            continue
        session.execute(text("INSERT INTO notes (note) VALUES (:job)"), {"job": job})
        if job == "stumble":
            raise ZeroDivisionError
        outcomes.append(session.scalar(text("SELECT CAST(pg_current_xact_id() AS text)")))
    return outcomes


def submit_all(database, jobs):
    """Submit a job, and while it is done all the others; return what came of each."""
    first_is_done = threading.Event()
    others_wait = threading.Event()

    def hold(session, some):
        if not first_is_done.is_set():
            first_is_done.set()
            assert others_wait.wait(10)
        return write(session, some)

    async def submit():
        group = GroupCommit(database, Places(1), hold)
        tasks = [asyncio.create_task(group.submit(jobs[0]))]
        await asyncio.to_thread(first_is_done.wait, 10)
        tasks += [asyncio.create_task(group.submit(job)) for job in jobs[1:]]
        await asyncio.sleep(0)
        others_wait.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(submit())


def test_what_comes_during_a_transaction_is_done_in_the_next_one(migrated_database, notes):
    first, *others = submit_all(migrated_database, ["a", "b", "c", "d"])
    assert others == [others[0]] * 3
    assert first != others[0]
    assert notes() == ["a", "b", "c", "d"]


def test_nobody_waits_behind_too_many(migrated_database, notes):
    _, *others = submit_all(migrated_database, [str(n) for n in range(2 * MOST_JOBS)])
    assert others.count(others[0]) == MOST_JOBS
    assert len(set(others)) == 2
    assert len(notes()) == 2 * MOST_JOBS


def test_a_job_that_is_refused_leaves_the_others_alone(migrated_database, notes):
    _, b, refused, d = submit_all(migrated_database, ["a", "b", "refuse", "d"])
    assert isinstance(refused, InvalidError)
    assert b == d
    assert notes() == ["a", "b", "d"]


def test_a_job_that_fails_changes_nothing_and_leaves_the_others_alone(migrated_database, notes):
    _, b, failed, d = submit_all(migrated_database, ["a", "b", "stumble", "d"])
    assert isinstance(failed, ZeroDivisionError)
    assert len({b, d}) == 2
    assert notes() == ["a", "b", "d"]


def test_an_outcome_is_told_after_its_commit(migrated_database, notes):
    async def submit():
        group = GroupCommit(migrated_database, Places(1), write)
        await group.submit("a")
        return notes()

    assert asyncio.run(submit()) == ["a"]


def test_without_a_database_every_job_hears_so():
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")

    async def submit():
        group = GroupCommit(nowhere, Places(1), write)
        return await asyncio.gather(*(group.submit(job) for job in "abc"), return_exceptions=True)

    assert [type(outcome) for outcome in asyncio.run(submit())] == [OperationalError] * 3


def test_who_finds_no_place_in_time_may_come_again(migrated_database, notes, monkeypatch):
    monkeypatch.setattr(admission, "PATIENCE", 0.05)

    async def submit():
        places = Places(1)
        group = GroupCommit(migrated_database, places, write)
        async with places.take():
            refused = await asyncio.gather(group.submit("a"), group.submit("b"), return_exceptions=True)
        return [*refused, await group.submit("c")]

    first, second, last = asyncio.run(submit())
    assert [type(first), type(second)] == [UnavailableError] * 2
    assert isinstance(last, str)
    assert notes() == ["c"]
