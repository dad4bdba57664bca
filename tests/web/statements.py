"""What a request sends to the database."""

from contextlib import contextmanager

from sqlalchemy import Engine, event

_DATA = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@contextmanager
def counted(app):
    """Yield a list of the statements that the app sends to its database within the block."""
    engine, statements = app.state.database.engine, []

    def see(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", see)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", see)


@contextmanager
def recorded():
    """Yield a list of the statements that are sent to any database within the block, with their values.

    Only what reads or writes data is in it; of many rows at once, the values of the first.
    """
    statements = []

    def see(_connection, _cursor, statement, values, _context, has_many):
        if statement.lstrip().startswith(_DATA):
            statements.append((statement, values[0] if has_many else values))

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", see)
