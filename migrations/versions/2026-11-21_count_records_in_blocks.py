"""Count records in blocks, so that a page far into a dataset is found without walking there."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Records of one moment belong together; a block begins where the one before has its five hundred.
_COUNT_WHAT_IS_THERE = """
INSERT INTO record_blocks (dataset_id, starts_at, records)
SELECT dataset_id, min(inserted_at), sum(records)
FROM (SELECT dataset_id, inserted_at, count(*) AS records,
             CAST(sum(count(*)) OVER (PARTITION BY dataset_id ORDER BY inserted_at) - count(*) AS bigint)
             / 500 AS block
      FROM records GROUP BY dataset_id, inserted_at) moments
GROUP BY dataset_id, block
"""


def upgrade() -> None:
    op.create_table(
        "record_blocks",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_record_blocks_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("dataset_id", "starts_at", name=op.f("pk_record_blocks")),
    )
    op.execute(_COUNT_WHAT_IS_THERE)


def downgrade() -> None:
    op.drop_table("record_blocks")
