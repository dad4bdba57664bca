"""Deletes expired rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnClause, delete, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from diptych.core import clock

# How many rows one request deletes; the next ones delete the rest.
_AT_ONCE = 1_000


def delete_expired(session: Session, moment: InstrumentedAttribute[datetime]) -> None:
    """Delete rows whose ``moment`` is past, except those that another transaction has locked."""
    row: ColumnClause[Any] = literal_column("ctid")
    over = select(row).select_from(moment.class_).where(moment <= clock.now()).limit(_AT_ONCE)
    session.execute(
        delete(moment.class_).where(row.in_(over.with_for_update(skip_locked=True))),
        execution_options={"synchronize_session": False},
    )
