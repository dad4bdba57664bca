"""Statements of the hot paths: sent together, without SQLAlchemy, and from a thread or an event loop alike.

A statement takes less than half of the time so, and those that go together are answered in one round trip.
What is to be done is a generator: it yields queries and is sent what is made of their rows.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from psycopg import AsyncConnection
from sqlalchemy.orm import Session

from diptych.core.db import raw

Result = TypeVar("Result")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Query(Generic[Result]):
    """A statement with psycopg's ``%(name)s`` placeholders, its values, and what is made of its rows."""

    statement: str
    values: Mapping[str, Any]
    read: Callable[[Iterable[Any]], Result] | None = None


# Yields queries that go together and are done in their order, and is sent what is made of the rows of each.
Steps = Generator[Sequence[Query[Any]], Sequence[Any], Result]


def ask(query: Query[Result]) -> Steps[Result]:
    """Return the steps for one query."""
    (result,) = yield [query]
    return result  # type: ignore[no-any-return]


def as_one(queries: Sequence[Query[None]]) -> Query[None]:
    """Return the query that writes what some queries write: each statement costs the driver time of its own.

    They are done in any order, so no row may be written by two of them, and whoever has to lock rows in a
    certain order does so before.
    """
    parts = [query.statement.replace("%(", f"%(q{number}_") for number, query in enumerate(queries)]
    values = {
        f"q{number}_{name}": value
        for number, query in enumerate(queries)
        for name, value in query.values.items()
    }
    before = ",\n".join(f"q{number} AS ({part})" for number, part in enumerate(parts[:-1]))
    return Query(f"WITH {before}\n{parts[-1]}" if before else parts[-1], values)


def together(first: Steps[Result], second: Steps[Other]) -> Steps[tuple[Result, Other]]:
    """Return the steps of two that need nothing of each other: their queries go together."""
    steps = (first, second)
    outcomes: list[Any] = [None, None]
    asked: dict[int, Sequence[Query[Any]]] = {}
    results: Iterator[Any] = iter(())
    turns: Sequence[int] = (0, 1)
    while turns:
        waited, asked = asked, {}
        for turn in turns:
            given = [next(results) for _ in waited[turn]] if turn in waited else None
            try:
                asked[turn] = steps[turn].send(given)  # type: ignore[arg-type] # None is what begins a generator
            except StopIteration as end:
                outcomes[turn] = end.value
        turns = list(asked)
        if turns:
            results = iter((yield [query for queries in asked.values() for query in queries]))
    return outcomes[0], outcomes[1]


def run(session: Session, steps: Steps[Result]) -> Result:
    """Take steps in a session and return what comes of them; raises the errors of psycopg."""
    session.flush()
    connection = raw(session.connection())
    results: Sequence[Any] | None = None
    try:
        while True:
            queries = steps.send(results)  # type: ignore[arg-type] # None is what begins a generator
            with connection.pipeline():
                cursors = [connection.execute(query.statement, query.values) for query in queries]
            results = [
                query.read(cursor.fetchall()) if query.read else None
                for query, cursor in zip(queries, cursors, strict=True)
            ]
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


async def run_and_commit(connection: AsyncConnection, steps: Steps[Result]) -> Result:
    """Take steps in a transaction of their own and return what comes of them, once that is committed.

    Raises the errors of psycopg, and those of the steps, after which nothing of it is stored.
    """
    results: Sequence[Any] | None = None
    async with connection.pipeline(), connection.transaction():
        try:
            while True:
                queries = steps.send(results)  # type: ignore[arg-type] # None is what begins a generator
                cursors = [await connection.execute(query.statement, query.values) for query in queries]
                results = [
                    query.read(await cursor.fetchall()) if query.read else None
                    for query, cursor in zip(queries, cursors, strict=True)
                ]
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
