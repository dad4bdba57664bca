"""Time as the database tells it: hosts disagree about the hour, the database does not."""

from datetime import datetime

from sqlalchemy import ColumnElement, func


def now() -> ColumnElement[datetime]:
    """Return the SQL expression for the moment the current transaction began, in UTC."""
    return func.now()
