"""Create records."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "media",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_media")),
    )
    op.create_table(
        "dataset_media",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("media_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name=op.f("fk_dataset_media_dataset_id_datasets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["media_key"], ["media.key"], name=op.f("fk_dataset_media_media_key_media")),
        sa.PrimaryKeyConstraint("dataset_id", "media_key", name=op.f("pk_dataset_media")),
    )
    op.create_index(op.f("ix_dataset_media_media_key"), "dataset_media", ["media_key"], unique=False)
    op.create_table(
        "records",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("metadata", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("min_submitted", sa.Integer(), nullable=False),
        sa.Column("submitted_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "completed",
                name="recordstatus",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            sa.Computed(
                "CASE WHEN submitted_count >= min_submitted THEN 'completed' ELSE 'pending' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "open",
            sa.Boolean(),
            sa.Computed("submitted_count + lease_count < min_submitted", persisted=True),
            nullable=False,
        ),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("submitted_count >= 0 AND lease_count >= 0", name=op.f("ck_records_counts")),
        sa.ForeignKeyConstraint(["dataset_id"], ["datasets.id"], name=op.f("fk_records_dataset_id_datasets")),
        sa.PrimaryKeyConstraint("dataset_id", "id", name=op.f("pk_records")),
        postgresql_with={"fillfactor": "75"},
    )
    op.create_index(
        "ix_records_dataset_id_inserted_at_id", "records", ["dataset_id", "inserted_at", "id"], unique=False
    )
    op.create_index(
        "ix_records_open",
        "records",
        ["dataset_id", "position"],
        unique=False,
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "suggestions",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("score", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column(
            "type",
            sa.Enum(
                "model",
                "human",
                name="suggestiontype",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=True,
        ),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"],
            ["records.dataset_id", "records.id"],
            name=op.f("fk_suggestions_dataset_id_record_id_records"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_suggestions_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("dataset_id", "record_id", "question_id", name=op.f("pk_suggestions")),
        sa.UniqueConstraint("dataset_id", "id", name=op.f("uq_suggestions_dataset_id_id")),
    )
    op.create_table(
        "vectors",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("vectors_settings_id", sa.Uuid(), nullable=False),
        sa.Column("value", VECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"],
            ["records.dataset_id", "records.id"],
            name=op.f("fk_vectors_dataset_id_record_id_records"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["vectors_settings_id"],
            ["vectors_settings.id"],
            name=op.f("fk_vectors_vectors_settings_id_vectors_settings"),
        ),
        sa.PrimaryKeyConstraint("dataset_id", "record_id", "vectors_settings_id", name=op.f("pk_vectors")),
    )


def downgrade() -> None:
    op.drop_table("vectors")
    op.drop_table("suggestions")
    op.drop_index("ix_records_open", table_name="records", postgresql_where=sa.text("open"))
    op.drop_index("ix_records_dataset_id_inserted_at_id", table_name="records")
    op.drop_table("records")
    op.drop_index(op.f("ix_dataset_media_media_key"), table_name="dataset_media")
    op.drop_table("dataset_media")
    op.drop_table("media")
