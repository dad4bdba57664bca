"""Images have an order on screen, however many there are, and the audit trail outlives its records.

Besides, records can be excluded, responses uncounted and people set aside, and columns say what they are.
Tables are rewritten, each once; nobody can work meanwhile.
"""

import sqlalchemy as sa
from alembic import op

from diptych.core.errors import ConflictError

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WITH_ORDER = ("assignments", "responses", "response_events")
TO_ORDER = """
CASE WHEN swapped THEN CAST('{2,1}' AS smallint[]) WHEN NOT swapped THEN CAST('{1,2}' AS smallint[]) END
"""
IS_PERMUTATION = """
array_ndims(shown_order) = 1 AND array_lower(shown_order, 1) = 1 AND cardinality(shown_order) BETWEEN 1 AND 12
AND shown_order @> (CAST('{1,2,3,4,5,6,7,8,9,10,11,12}' AS smallint[]))[1:cardinality(shown_order)]
"""


def upgrade() -> None:
    op.execute("ALTER TABLE assignments ALTER COLUMN swapped DROP NOT NULL")
    for table in WITH_ORDER:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN swapped TYPE smallint[] USING {TO_ORDER}")
        op.alter_column(table, "swapped", new_column_name="shown_order")
        op.create_check_constraint(op.f(f"ck_{table}_shown_order"), table, sa.text(IS_PERMUTATION))
    op.alter_column("responses", "late", new_column_name="is_late")
    op.add_column("responses", _flag("is_counted", default=True))
    op.add_column("response_events", sa.Column("skip_reason", sa.Text(), nullable=True))
    op.add_column("response_events", sa.Column("is_late", sa.Boolean(), nullable=True))
    op.add_column("response_events", _flag("is_counted", default=True))
    op.drop_constraint(op.f("fk_response_events_dataset_id_record_id_records"), "response_events")
    op.alter_column("annotator_progress", "looked_ms", new_column_name="total_duration_ms")
    op.add_column("annotator_progress", _flag("is_set_aside", default=False))
    op.add_column("records", _flag("is_excluded", default=False))
    _compute("open", "is_open", "submitted_count + lease_count < min_submitted AND NOT is_excluded")


def downgrade() -> None:
    _refuse_more_than_two()
    _compute("is_open", "open", "submitted_count + lease_count < min_submitted")
    op.drop_column("records", "is_excluded")
    op.drop_column("annotator_progress", "is_set_aside")
    op.alter_column("annotator_progress", "total_duration_ms", new_column_name="looked_ms")
    op.execute("""
        DELETE FROM response_events e
        WHERE NOT EXISTS (SELECT FROM records WHERE dataset_id = e.dataset_id AND id = e.record_id)
    """)
    op.create_foreign_key(
        op.f("fk_response_events_dataset_id_record_id_records"),
        "response_events",
        "records",
        ["dataset_id", "record_id"],
        ["dataset_id", "id"],
        ondelete="CASCADE",
    )
    for column in ("is_counted", "is_late", "skip_reason"):
        op.drop_column("response_events", column)
    op.drop_column("responses", "is_counted")
    op.alter_column("responses", "is_late", new_column_name="late")
    for table in WITH_ORDER:
        op.drop_constraint(op.f(f"ck_{table}_shown_order"), table)
        op.execute(f"ALTER TABLE {table} ALTER COLUMN shown_order TYPE boolean USING shown_order = '{{2,1}}'")
        op.alter_column(table, "shown_order", new_column_name="swapped")
    op.execute("UPDATE assignments SET swapped = false WHERE swapped IS NULL")
    op.alter_column("assignments", "swapped", nullable=False)


def _flag(name: str, *, default: bool) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.true() if default else sa.false(), nullable=False)


def _compute(before: str, after: str, expression: str) -> None:
    """Put a computed column in the place of another; the index that lists the open records goes along."""
    computed = f"boolean NOT NULL GENERATED ALWAYS AS ({expression}) STORED"
    op.execute(f"ALTER TABLE records DROP COLUMN {before}, ADD COLUMN {after} {computed}")
    op.create_index("ix_records_open", "records", ["dataset_id", "position"], postgresql_where=sa.text(after))


def _refuse_more_than_two() -> None:
    for table in WITH_ORDER:
        longer = f"SELECT count(*) FROM {table} WHERE cardinality(shown_order) > 2"  # noqa: S608 - a constant
        count = op.get_bind().scalar(sa.text(longer))
        if count:
            raise ConflictError(
                f"The table {table} has {count:,} rows with the order of more than two images, which the "
                "version before knows nothing of. Nothing was changed."
            )
