"""What the database believes of its tables."""

from sqlalchemy import text

from diptych.core.db import Database
from tests.factories.datasets import dataset
from tests.factories.records import record
from tests.factories.responses import response
from tests.factories.users import user


def outdate_statistics(database: Database) -> None:
    """Have statistics from when all datasets were small: what a test adds next surprises the planner."""
    with database.transaction() as session:
        for _ in range(50):
            response(session, record(session, dataset(session)), user(session))
    with database.alone() as connection:
        connection.execute(text("ANALYZE"))
