"""Jobs that come at the same time share a transaction, and nothing else."""

import asyncio
from contextlib import contextmanager

import pytest
from psycopg import OperationalError
from sqlalchemy import text

from diptych.core import group_commit
from diptych.core.db import Database
from diptych.core.errors import InvalidError, UnavailableError
from diptych.core.group_commit import MAX_JOBS, BlockedError, GroupCommit
from diptych.core.statements import Query

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


def write(jobs, *, waits=True):
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
        group = GroupCommit(database, write, part_of=len, caller_of=str)
        outcomes = await asyncio.gather(*map(group.submit, jobs), return_exceptions=True)
        await group.close()
        return outcomes

    return asyncio.run(submit())


def submit_behind(database, jobs):
    """Submit a job whose transaction waits until all the others are done; return what came of each."""

    async def submit():
        is_waiting = asyncio.Event()

        def wait_for_lock(some, *, waits):
            if jobs[0] in some:
                is_waiting.set()
                yield [Query("SELECT pg_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})]
            return (yield from write(some))

        group = GroupCommit(database, wait_for_lock, part_of=len, caller_of=str)
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
    _, *others = submit_behind(migrated_database, [str(n) for n in range(2 * MAX_JOBS)])
    assert others.count(others[0]) == MAX_JOBS
    assert len(set(others)) == 2
    assert len(notes()) == 2 * MAX_JOBS


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
        group = GroupCommit(migrated_database, write, part_of=len, caller_of=str)
        await group.submit("a")
        seen = notes()
        await group.close()
        return seen

    assert asyncio.run(submit()) == ["a"]


def test_without_a_database_every_job_hears_so():
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert [type(outcome) for outcome in submit(nowhere, *"abc")] == [OperationalError] * 3


def test_a_connection_that_the_server_has_closed_is_replaced(migrated_database, notes):
    def tell_connection(jobs, *, waits):
        (((number,),),) = yield [Query("SELECT pg_backend_pid()", {}, list)]
        return [number] * len(jobs)

    async def submit():
        group = GroupCommit(migrated_database, tell_connection, part_of=len, caller_of=str)
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
    def break_off(jobs, *, waits):
        if jobs == ["end"]:
            yield [Query("SELECT pg_terminate_backend(pg_backend_pid())", {}, list)]
        return (yield from write(jobs))

    async def submit():
        group = GroupCommit(migrated_database, break_off, part_of=len, caller_of=str)
        with pytest.raises(OperationalError):
            await group.submit("end")
        await group.submit("a")
        await group.close()

    asyncio.run(submit())
    assert notes() == ["a"]


def lock_and_write(jobs, *, waits):
    """Write each job down under a lock of its name; those in capitals can tell that they would wait."""
    blocked = []
    for job in jobs:
        if waits or job.islower():
            yield [Query("SELECT pg_advisory_xact_lock(hashtext(%(job)s))", {"job": job})]
        else:
            (((is_free,),),) = yield [
                Query("SELECT pg_try_advisory_xact_lock(hashtext(%(job)s))", {"job": job}, list)
            ]
            blocked += [] if is_free else [job]
    written = yield from write([job for job in jobs if job not in blocked])
    outcomes = dict(zip([job for job in jobs if job not in blocked], written, strict=True))
    return [outcomes.get(job) or BlockedError() for job in jobs]


@contextmanager
def held(database, job):
    """Hold the lock of a job until the block ends."""
    with database.transaction() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:job))"), {"job": job})
        yield


def group_of(database):
    """Return a group whose jobs are named by their part of the data, and end with a number."""
    return GroupCommit(database, lock_and_write, part_of=lambda job: job.lower()[0], caller_of=str)


@pytest.mark.parametrize("stuck", ["a1", "A1"])
def test_a_job_that_has_to_wait_holds_up_no_other_and_is_done_at_last(migrated_database, notes, stuck):
    async def submit():
        group = group_of(migrated_database)
        with held(migrated_database, stuck):
            first = asyncio.create_task(group.submit(stuck))
            await asyncio.gather(*map(group.submit, ["a2", "A3", "b1"]))
            # Those who come while it waits are done as well, and so are others of its part.
            await asyncio.gather(*map(group.submit, ["a4", "A5", "b2"]))
            assert not first.done()
            assert sorted(notes()) == ["A3", "A5", "a2", "a4", "b1", "b2"]
        await first
        await group.close()

    asyncio.run(submit())
    assert notes()[-1] == stuck


@pytest.mark.parametrize("stuck", ["a1", "A1"])
def test_who_has_waited_too_long_is_told_to_come_back_and_the_job_is_never_done(
    migrated_database, notes, monkeypatch, stuck
):
    async def submit():
        group = group_of(migrated_database)
        with held(migrated_database, stuck):
            with monkeypatch.context() as patch:
                patch.setattr(group_commit, "SUBMIT_TIMEOUT", 0.4)
                with pytest.raises(UnavailableError) as told:
                    await group.submit(stuck)
            assert told.value.headers == {"Retry-After": "1"}
            # An attempt that was on its way is over as well then.
            await group.close()
        await group.submit("a2")
        await group.close()

    asyncio.run(submit())
    assert notes() == ["a2"]


def test_a_part_in_which_nobody_waits_any_more_is_done_with_the_others(migrated_database, notes, monkeypatch):
    monkeypatch.setattr(group_commit, "ASIDE_FOR", 0.0)

    async def submit():
        group = group_of(migrated_database)
        with held(migrated_database, "a1"):
            first = asyncio.create_task(group.submit("a1"))
            await group.submit("a2")
        await first
        # Two writers share what comes together.
        while sorted(map((outcomes := await submit_some(group)).count, set(outcomes))) != [2, 2]:
            pass
        await group.close()

    async def submit_some(group):
        return await asyncio.gather(*map(group.submit, ["a3", "b3", "a4", "b4"]))

    asyncio.run(asyncio.wait_for(submit(), 5))
