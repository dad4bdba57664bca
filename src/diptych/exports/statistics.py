"""What the database knows of its tables, by which it plans how to read them."""

from sqlalchemy import text

from diptych.core.db import Database
from diptych.models import Record, Response, Suggestion, Vector

_READ = [table.__tablename__ for table in (Record, Response, Suggestion, Vector)]
# So many may be unknown: a plan that takes a dataset for empty reads all that came for each of them.
_MAX_UNKNOWN = 2_000

_LIST_OUTDATED = text("""
SELECT relname FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND relname = ANY(:tables) AND n_mod_since_analyze > :most
""")


def refresh_statistics(database: Database) -> None:
    """Have the database look at the tables of an export that have changed much since it last did.

    It does so by itself within minutes, and an export of what came since then could take hours.
    """
    with database.transaction() as session:
        for table in session.scalars(_LIST_OUTDATED, {"tables": _READ, "most": _MAX_UNKNOWN}).all():
            # Where somebody is at it already, that is enough.
            session.execute(text(f"ANALYZE (SKIP_LOCKED) {table}"))
