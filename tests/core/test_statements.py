"""Plans, carried out in a session and on a connection of an event loop."""

import asyncio

import pytest
from sqlalchemy import text

from diptych.core.limits import NO_LIMITS
from diptych.core.statements import Query, fetch, run, run_and_commit


def say(word):
    """Return the query for a word."""
    return Query("SELECT CAST(%(word)s AS text)", {"word": word}, lambda rows: next(iter(rows))[0])


def sentence():
    """Return the plan that fetches words, some of them together, and makes a sentence of them."""
    first = yield from fetch(say("one"))
    second, nothing, third = yield [say("two"), Query("SELECT 1", {}), say("three")]
    assert nothing is None
    assert (yield []) == []
    return f"{first} {second} {third}"


def note(words, error=None):
    """Return the plan that writes words down, and ends in an error if there is one."""
    yield [Query("INSERT INTO notes VALUES (%(word)s)", {"word": word}) for word in words]
    if error:
        raise error
    return len(words)


@pytest.fixture
def notes(migrated_database):
    """A table for words, and what is committed in it."""
    with migrated_database.transaction() as session:
        session.execute(text("CREATE TABLE notes (word text)"))

    def notes():
        with migrated_database.reading() as session:
            return session.scalars(text("SELECT word FROM notes")).all()

    yield notes
    with migrated_database.transaction() as session:
        session.execute(text("DROP TABLE notes"))


def commit(database, plan):
    async def commit():
        connection = await database.connect(NO_LIMITS)
        try:
            return await run_and_commit(connection, plan)
        finally:
            await connection.close()

    return asyncio.run(commit())


def test_a_plan_is_sent_the_result_of_each_of_its_queries(session, migrated_database):
    assert run(session, sentence()) == "one two three"
    assert commit(migrated_database, sentence()) == "one two three"


def test_a_plan_is_carried_out_in_the_transaction_of_its_session(session):
    session.execute(text("CREATE TEMPORARY TABLE seen (word text)"))
    run(session, fetch(Query("INSERT INTO seen VALUES (%(word)s)", {"word": "a"})))
    assert session.scalars(text("SELECT word FROM seen")).all() == ["a"]


def test_a_plan_of_its_own_is_committed_as_a_whole_or_not_at_all(migrated_database, notes):
    assert commit(migrated_database, note(["a", "b"])) == 2
    with pytest.raises(ZeroDivisionError):
        commit(migrated_database, note(["c"], ZeroDivisionError()))
    assert notes() == ["a", "b"]
