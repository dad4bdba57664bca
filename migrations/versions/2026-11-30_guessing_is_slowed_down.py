"""Guessing is slowed down, and does not lock out the person whose password is guessed.

Failures are counted by name and network, and browsers in which a person logged in before are known. Failures
of before are forgotten. A new API key can be shown after a redirect.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.drop_table("login_failures")
    op.create_table(
        "login_failures",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_failures")),
    )
    op.create_index(op.f("ix_login_failures_forgotten_at"), "login_failures", ["forgotten_at"])
    op.create_table(
        "known_browsers",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_known_browsers_user_id_users")),
        sa.PrimaryKeyConstraint("token_hash", "user_id", name=op.f("pk_known_browsers")),
    )
    op.create_index(op.f("ix_known_browsers_expires_at"), "known_browsers", ["expires_at"])
    op.create_index(op.f("ix_known_browsers_user_id"), "known_browsers", ["user_id"])
    op.add_column("login_sessions", sa.Column("sealed_api_key", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("login_sessions", "sealed_api_key")
    op.drop_table("known_browsers")
    op.drop_table("login_failures")
    op.create_table(
        "login_failures",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_failures")),
    )
