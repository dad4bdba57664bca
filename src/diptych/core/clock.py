"""The database's time: clocks of hosts differ, and the database has only one."""

from datetime import datetime

from sqlalchemy import ColumnElement, func


def now() -> ColumnElement[datetime]:
    """Return the SQL expression for the start of the current transaction, in UTC."""
    return func.now()
