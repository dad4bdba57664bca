"""What a request sends to the database."""

import re
from contextlib import contextmanager
from unittest.mock import patch

from psycopg import AsyncConnection, Connection, Cursor
from sqlalchemy import Engine, event

from diptych.core.db import raw

_COPIED = re.compile(r"COPY \((.*)\) TO STDOUT", re.DOTALL)
_DATA = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@contextmanager
def counted(app):
    """Yield a list of the statements that the app sends to its database within the block."""
    engine, statements = app.state.database.engine, []

    def see(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", see)
    try:
        with _seen_in_pipelines(lambda statement, _values: statements.append(statement)):
            yield statements
    finally:
        event.remove(engine, "before_cursor_execute", see)


@contextmanager
def recorded():
    """Yield a list of the statements that are sent to any database within the block, with their values.

    Only what reads or writes data is in it; of many rows at once, the values of the first. What is copied
    out is in it as the query that it is.
    """
    statements = []
    copy = Cursor.copy

    def see_copy(cursor, command):
        if copied := _COPIED.match(command):
            statements.append((copied[1], None))
        return copy(cursor, command)

    def see(_connection, _cursor, statement, values, _context, has_many):
        if statement.lstrip().startswith(_DATA):
            statements.append((statement, values[0] if has_many else values))

    event.listen(Engine, "before_cursor_execute", see)
    try:
        with (
            patch.object(Cursor, "copy", see_copy),
            _seen_in_pipelines(lambda statement, values: statements.append((statement, values))),
        ):
            yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", see)


def plan_nodes(connection, statement, values, *, options=""):
    """Return the nodes of the plan of a recorded statement, from the top; ``options`` are EXPLAIN's."""
    with raw(connection).cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON{options}) {statement}", values)
        return list(_walk(cursor.fetchone()[0][0]["Plan"]))


def _walk(node):
    yield node
    for child in node.get("Plans", ()):
        yield from _walk(child)


@contextmanager
def _seen_in_pipelines(see):
    """Have ``see`` called with each statement that goes past SQLAlchemy, and its values."""

    def seeing(execute):
        def see_first(connection, statement, values):
            see(statement, values)
            return execute(connection, statement, values)

        return see_first

    with (
        patch.object(Connection, "execute", seeing(Connection.execute)),
        patch.object(AsyncConnection, "execute", seeing(AsyncConnection.execute)),
    ):
        yield
