"""Tables are counted often: after some thousand changes, and not after a tenth of all rows.

In a table of millions, a whole new dataset is less than a tenth. Until it is counted, the database takes it
for nothing, and reads all of it where a key would do.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "records",
    "suggestions",
    "vectors",
    "assignments",
    "responses",
    "response_events",
    "annotator_progress",
)
CHANGES = 5_000


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table} SET "
            f"(autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = {CHANGES})"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table} RESET (autovacuum_analyze_scale_factor, autovacuum_analyze_threshold)"
        )
