"""Statements of the hot paths: sent in one round trip, without SQLAlchemy, from a thread or an event loop.

A statement takes less than half of the time that SQLAlchemy needs for it. What is to be done is a ``Plan``, a
generator: it yields the queries that go to the database together, and is sent the result of each.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from psycopg import AsyncConnection
from sqlalchemy.orm import Session

from diptych.core.db import raw

Result = TypeVar("Result")


@dataclass(frozen=True)
class Query(Generic[Result]):
    """A statement with psycopg's ``%(name)s`` placeholders, its values, and what is made of its rows."""

    statement: str
    values: Mapping[str, Any]
    read: Callable[[Iterable[Any]], Result] | None = None


# Yields queries that go to the database together and run in their order, and is sent the result of each.
Plan = Generator[Sequence[Query[Any]], Sequence[Any], Result]


def fetch(query: Query[Result]) -> Plan[Result]:
    """Return the plan of a single query."""
    (result,) = yield [query]
    return result  # type: ignore[no-any-return]


def run(session: Session, plan: Plan[Result]) -> Result:
    """Carry out a plan in a session and return its result; raises the errors of psycopg."""
    session.flush()
    connection = raw(session.connection())
    results: Sequence[Any] | None = None
    try:
        while True:
            queries = plan.send(results)  # type: ignore[arg-type] # None is what begins a generator
            with connection.pipeline():
                cursors = [connection.execute(query.statement, query.values) for query in queries]
            results = [
                query.read(cursor.fetchall()) if query.read else None
                for query, cursor in zip(queries, cursors, strict=True)
            ]
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


async def run_and_commit(connection: AsyncConnection, plan: Plan[Result]) -> Result:
    """Carry out a plan in a new transaction and return its result once that is committed.

    Raises the errors of psycopg, and those of the plan, after which nothing of it is stored.
    """
    results: Sequence[Any] | None = None
    async with connection.pipeline(), connection.transaction():
        try:
            while True:
                queries = plan.send(results)  # type: ignore[arg-type] # None is what begins a generator
                cursors = [await connection.execute(query.statement, query.values) for query in queries]
                results = [
                    query.read(await cursor.fetchall()) if query.read else None
                    for query, cursor in zip(queries, cursors, strict=True)
                ]
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
