"""Create responses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annotator_progress",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), server_default=sa.text("'-1'"), nullable=False),
        sa.Column("submitted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("draft", sa.Integer(), server_default="0", nullable=False),
        sa.Column("discarded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_annotator_progress_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_annotator_progress_user_id_users")),
        sa.PrimaryKeyConstraint("dataset_id", "user_id", name=op.f("pk_annotator_progress")),
    )
    op.create_table(
        "assignments",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"],
            ["records.dataset_id", "records.id"],
            name=op.f("fk_assignments_dataset_id_record_id_records"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_assignments_user_id_users")),
        sa.PrimaryKeyConstraint("dataset_id", "record_id", "user_id", name=op.f("pk_assignments")),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_vacuum_threshold": "1000"},
    )
    op.create_index(
        op.f("ix_assignments_dataset_id_expires_at"),
        "assignments",
        ["dataset_id", "expires_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_assignments_dataset_id_user_id_inserted_at"),
        "assignments",
        ["dataset_id", "user_id", "inserted_at"],
        unique=False,
    )
    op.create_table(
        "response_events",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "discarded",
                name="responsestatus",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("values", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("swapped", sa.Boolean(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_response_events_actor_id_users")),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"],
            ["records.dataset_id", "records.id"],
            name=op.f("fk_response_events_dataset_id_record_id_records"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_response_events_user_id_users")),
        sa.PrimaryKeyConstraint("dataset_id", "id", name=op.f("pk_response_events")),
    )
    op.create_index(
        op.f("ix_response_events_dataset_id_record_id_user_id"),
        "response_events",
        ["dataset_id", "record_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "responses",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("values", sa.JSON(none_as_null=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "discarded",
                name="responsestatus",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("swapped", sa.Boolean(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("late", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"],
            ["records.dataset_id", "records.id"],
            name=op.f("fk_responses_dataset_id_record_id_records"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_responses_user_id_users")),
        sa.PrimaryKeyConstraint("dataset_id", "record_id", "user_id", name=op.f("pk_responses")),
        sa.UniqueConstraint("dataset_id", "id", name=op.f("uq_responses_dataset_id_id")),
        postgresql_with={"fillfactor": "90"},
    )
    op.create_index(
        op.f("ix_responses_dataset_id_user_id_inserted_at"),
        "responses",
        ["dataset_id", "user_id", "inserted_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_responses_dataset_id_user_id_inserted_at"), table_name="responses")
    op.drop_table("responses")
    op.drop_index(op.f("ix_response_events_dataset_id_record_id_user_id"), table_name="response_events")
    op.drop_table("response_events")
    op.drop_index(op.f("ix_assignments_dataset_id_user_id_inserted_at"), table_name="assignments")
    op.drop_index(op.f("ix_assignments_dataset_id_expires_at"), table_name="assignments")
    op.drop_table("assignments")
    op.drop_table("annotator_progress")
