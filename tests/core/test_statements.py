"""Statements that go together."""

from sqlalchemy import text

from diptych.core.statements import Query, as_one, fetch, run


def test_several_writes_are_one_statement(session):
    session.execute(text("CREATE TEMPORARY TABLE seen (number integer, word text)"))

    def insert(number, word):
        return Query("INSERT INTO seen VALUES (%(number)s, %(word)s)", {"number": number, "word": word})

    run(session, fetch(as_one([insert(1, "a"), insert(2, "b"), insert(3, "%(q0_word)s")])))
    run(session, fetch(as_one([insert(4, "d")])))
    rows = session.execute(text("SELECT * FROM seen ORDER BY number")).all()
    assert rows == [(1, "a"), (2, "b"), (3, "%(q0_word)s"), (4, "d")]
