"""A search for records goes on where it stopped: people have the place from which it began."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("annotator_progress", sa.Column("search_start", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("annotator_progress", "search_start")
