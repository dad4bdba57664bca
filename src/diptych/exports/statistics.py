"""Refreshes the statistics that the database's query planner uses."""

from sqlalchemy import text

from diptych.core.db import Database
from diptych.models import Record, Response, Suggestion, Vector

_READ = [table.__tablename__ for table in (Record, Response, Suggestion, Vector)]
# How many changed rows are tolerated: a plan for an empty dataset scans all new rows again and again.
_MAX_UNKNOWN = 2_000

_LIST_OUTDATED = text("""
SELECT relname FROM pg_stat_user_tables
WHERE schemaname = current_schema() AND relname = ANY(:tables) AND n_mod_since_analyze > :most
""")


def refresh_statistics(database: Database) -> None:
    """Run ANALYZE on the tables of an export with many changes since the last one.

    The database does this itself within minutes; before that, an export of new rows could take hours.
    """
    with database.transaction() as session:
        for table in session.scalars(_LIST_OUTDATED, {"tables": _READ, "most": _MAX_UNKNOWN}).all():
            # If another process is already running ANALYZE, that is enough.
            session.execute(text(f"ANALYZE (SKIP_LOCKED) {table}"))
