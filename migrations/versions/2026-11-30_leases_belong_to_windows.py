"""A lease belongs to the window that shows its record, so that no two windows of a person show one record."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assignments", sa.Column("window_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("assignments", "window_id")
