"""Jobs that come at the same time share a transaction, and nothing else."""

import asyncio

import pytest
from psycopg import OperationalError
from sqlalchemy import text

from diptych.core.db import Database
from diptych.core.errors import InvalidError
from diptych.core.group_commit import MOST_JOBS, GroupCommit
from diptych.core.pipeline import Query

_LOCK = 20_261


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


def write(jobs):
    """Write each job down; return the transaction that did it, or an error for jobs that ask for one."""
    outcomes = []
    for job in jobs:
        if job == "refuse":
            outcomes.append(InvalidError("No."))
            continue
        _, ((transaction,),) = yield [
            Query("INSERT INTO notes (note) VALUES (%(job)s)", {"job": job}),
            Query("SELECT CAST(pg_current_xact_id() AS text)", {}, list),
        ]
        if job == "stumble":
            raise ZeroDivisionError
        outcomes.append(transaction)
    return outcomes


def submit(database, *jobs):
    """Submit jobs at the same time; return what came of each."""

    async def submit():
        group = GroupCommit(database, write)
        outcomes = await asyncio.gather(*map(group.submit, jobs), return_exceptions=True)
        await group.close()
        return outcomes

    return asyncio.run(submit())


def submit_behind(database, jobs):
    """Submit a job whose transaction waits until all the others are done; return what came of each."""

    async def submit():
        is_waiting = asyncio.Event()

        def wait_for_lock(some):
            if jobs[0] in some:
                is_waiting.set()
                yield [Query("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})]
            return (yield from write(some))

        group = GroupCommit(database, wait_for_lock)
        with database.transaction() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            first = asyncio.create_task(group.submit(jobs[0]))
            await is_waiting.wait()
            others = await asyncio.gather(*map(group.submit, jobs[1:]), return_exceptions=True)
            assert not first.done()
        outcomes = [await first, *others]
        await group.close()
        return outcomes

    return asyncio.run(submit())


def test_what_comes_together_is_done_in_one_transaction_that_waits_for_no_other(migrated_database, notes):
    first, *others = submit_behind(migrated_database, ["a", "b", "c", "d"])
    assert others == [others[0]] * 3
    assert first != others[0]
    assert notes() == ["b", "c", "d", "a"]


def test_nobody_waits_behind_too_many(migrated_database, notes):
    _, *others = submit_behind(migrated_database, [str(n) for n in range(2 * MOST_JOBS)])
    assert others.count(others[0]) == MOST_JOBS
    assert len(set(others)) == 2
    assert len(notes()) == 2 * MOST_JOBS


def test_those_who_have_nothing_to_do_share_what_there_is(migrated_database, notes):
    outcomes = submit(migrated_database, *"abcdef")
    assert sorted(map(outcomes.count, set(outcomes))) == [3, 3]
    assert sorted(notes()) == list("abcdef")


def test_a_job_that_is_refused_leaves_the_others_alone(migrated_database, notes):
    _, b, refused, d = submit_behind(migrated_database, ["a", "b", "refuse", "d"])
    assert isinstance(refused, InvalidError)
    assert b == d
    assert sorted(notes()) == ["a", "b", "d"]


def test_a_job_that_fails_changes_nothing_and_leaves_the_others_alone(migrated_database, notes):
    _, b, failed, d = submit_behind(migrated_database, ["a", "b", "stumble", "d"])
    assert isinstance(failed, ZeroDivisionError)
    assert len({b, d}) == 2
    assert sorted(notes()) == ["a", "b", "d"]


def test_an_outcome_is_told_after_its_commit(migrated_database, notes):
    async def submit():
        group = GroupCommit(migrated_database, write)
        await group.submit("a")
        seen = notes()
        await group.close()
        return seen

    assert asyncio.run(submit()) == ["a"]


def test_without_a_database_every_job_hears_so():
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert [type(outcome) for outcome in submit(nowhere, *"abc")] == [OperationalError] * 3


def test_a_connection_that_the_server_has_closed_is_replaced(migrated_database, notes):
    def tell_connection(jobs):
        (((number,),),) = yield [Query("SELECT pg_backend_pid()", {}, list)]
        return [number] * len(jobs)

    async def submit():
        group = GroupCommit(migrated_database, tell_connection)
        first = await group.submit("a")
        assert await group.submit("b") == first
        with migrated_database.transaction() as session:
            session.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": first})
        second = await group.submit("c")
        await group.close()
        return first, second

    first, second = asyncio.run(submit())
    assert first != second


def test_a_connection_that_breaks_at_work_is_an_error_and_is_replaced(migrated_database, notes):
    def break_off(jobs):
        if jobs == ["end"]:
            yield [Query("SELECT pg_terminate_backend(pg_backend_pid())", {}, list)]
        return (yield from write(jobs))

    async def submit():
        group = GroupCommit(migrated_database, break_off)
        with pytest.raises(OperationalError):
            await group.submit("end")
        await group.submit("a")
        await group.close()

    asyncio.run(submit())
    assert notes() == ["a"]
