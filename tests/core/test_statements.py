"""Statements that go together."""

import pytest
from sqlalchemy import text

from diptych.core.statements import Query, as_one, fetch, interleave, run


def say(word):
    """Return the query for a word, in a list of its rows."""
    return Query("SELECT CAST(%(word)s AS text)", {"word": word}, lambda rows: [word for (word,) in rows])


def sentence(*words):
    """Return the plan that fetches one word after the other."""
    said = []
    for word in words:
        said += yield from fetch(say(word))
    return " ".join(said)


def nothing():
    """Return a plan without queries."""
    return "nothing"
    yield []


@pytest.mark.parametrize("short", [("one",), ("one", "two")])
def test_the_queries_of_two_go_together_as_long_as_both_have_some(session, short):
    rounds = []

    def watch(plan):
        results = None
        while True:
            try:
                queries = plan.send(results)
            except StopIteration as end:
                return end.value
            rounds.append([query.values["word"] for query in queries])
            results = yield queries

    said = run(session, watch(interleave(sentence(*short), sentence("a", "b", "c"))))
    assert said == (" ".join(short), "a b c")
    assert rounds == [[*short[turn : turn + 1], word] for turn, word in enumerate("abc")]


def test_who_asks_for_nothing_is_done_at_once(session):
    assert run(session, interleave(nothing(), sentence("a"))) == ("nothing", "a")
    assert run(session, interleave(nothing(), nothing())) == ("nothing", "nothing")


def test_several_writes_are_one_statement(session):
    session.execute(text("CREATE TEMPORARY TABLE seen (number integer, word text)"))

    def insert(number, word):
        return Query("INSERT INTO seen VALUES (%(number)s, %(word)s)", {"number": number, "word": word})

    run(session, fetch(as_one([insert(1, "a"), insert(2, "b"), insert(3, "%(q0_word)s")])))
    run(session, fetch(as_one([insert(4, "d")])))
    rows = session.execute(text("SELECT * FROM seen ORDER BY number")).all()
    assert rows == [(1, "a"), (2, "b"), (3, "%(q0_word)s"), (4, "d")]
