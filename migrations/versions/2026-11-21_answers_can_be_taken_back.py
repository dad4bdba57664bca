"""Answers can be taken back: the audit trail says so with an event without a status."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("response_events", "status", existing_type=sa.String(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM response_events WHERE status IS NULL")
    op.alter_column("response_events", "status", existing_type=sa.String(), nullable=False)
