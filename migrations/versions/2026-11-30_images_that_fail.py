"""Browsers report the images that they could not show, so that admins hear of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "image_failures",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("images", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"],
            ["records.dataset_id", "records.id"],
            name=op.f("fk_image_failures_dataset_id_record_id_records"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_image_failures_user_id_users")),
        sa.PrimaryKeyConstraint("dataset_id", "record_id", "user_id", name=op.f("pk_image_failures")),
    )
    op.create_index(
        op.f("ix_image_failures_dataset_id_last_at"),
        "image_failures",
        ["dataset_id", "last_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("image_failures")
