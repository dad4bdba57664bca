"""Responses are looked up by their record, whatever the statistics say.

The database expects no rows of a dataset that is newer than its statistics. Of the indexes that begin with
``dataset_id`` it then took any, and read the whole dataset, or all responses of a person, for one response.
Now the primary key is the only one of them, apart from that of the skipped responses.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "responses"


def upgrade() -> None:
    op.drop_index(op.f("ix_responses_dataset_id_user_id_inserted_at"), TABLE)
    op.create_index(
        op.f("ix_responses_user_id_dataset_id_inserted_at"), TABLE, ["user_id", "dataset_id", "inserted_at"]
    )
    op.drop_constraint(op.f("uq_responses_dataset_id_id"), TABLE)
    op.create_unique_constraint(op.f("uq_responses_id_dataset_id"), TABLE, ["id", "dataset_id"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_responses_id_dataset_id"), TABLE)
    op.create_unique_constraint(op.f("uq_responses_dataset_id_id"), TABLE, ["dataset_id", "id"])
    op.drop_index(op.f("ix_responses_user_id_dataset_id_inserted_at"), TABLE)
    op.create_index(
        op.f("ix_responses_dataset_id_user_id_inserted_at"), TABLE, ["dataset_id", "user_id", "inserted_at"]
    )
