"""Answers have revisions and reasons to skip, and people a total of the time they looked."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("responses", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("responses", sa.Column("skip_reason", sa.Text(), nullable=True))
    op.create_index(
        "ix_responses_skipped",
        "responses",
        ["dataset_id", "updated_at"],
        postgresql_where=sa.text("skip_reason IS NOT NULL"),
    )
    op.add_column(
        "annotator_progress", sa.Column("looked_ms", sa.BigInteger(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("annotator_progress", "looked_ms")
    op.drop_index("ix_responses_skipped", "responses")
    op.drop_column("responses", "skip_reason")
    op.drop_column("responses", "revision")
