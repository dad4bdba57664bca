"""How many statements a request takes."""

from contextlib import contextmanager

from sqlalchemy import event


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
