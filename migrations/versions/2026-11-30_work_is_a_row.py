"""Work that outlives a request is a row, which any worker carries on.

What an import kept of its check or its run is now its latest job. Imports that were running are over: the
processes that ran them ended before this migration.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=None)


STATUS = words("jobstatus", "queued", "started", "finished", "failed", "canceled")
NOW = sa.text("now()")
IS_OPEN = sa.text("finished_at IS NULL")
INTERRUPTED = "The import was interrupted. You can safely import again; no record is created twice."

MAKE_JOBS = f"""
INSERT INTO jobs (id, kind, lane, dataset_id, user_id, payload, status, progress, result, error,
                  inserted_at, started_at, finished_at)
SELECT id,
       CASE report->>'task' WHEN 'import' THEN 'import' ELSE 'check_import' END, 'long', dataset_id, user_id,
       json_build_object('import_id', id, 'mapping', mapping, 'skip_bad_rows', skip_bad_rows),
       CASE WHEN status IN ('failed', 'running') OR report->>'error' IS NOT NULL
            THEN 'failed' ELSE 'finished' END,
       CASE WHEN jsonb_typeof(report->'progress') = 'object' THEN json_build_object(
            'step', CASE report->'progress'->>'is_writing' WHEN 'true' THEN 'store' ELSE 'read' END,
            'done', report->'progress'->'done', 'total', report->'progress'->'total',
            'bad', coalesce(report->'bad', '0')) END,
       CASE WHEN report <> '{{}}' THEN json_build_object(
            'report', report->'result', 'bad', coalesce(report->'bad', '0'),
            'problems', coalesce(report->'problems', '[]')) END,
       CASE WHEN status = 'running' THEN '{INTERRUPTED}' ELSE report->>'error' END,
       inserted_at, inserted_at, updated_at
FROM imports
"""  # noqa: S608 - constants
BRING_BACK = """
UPDATE imports i SET
    status = CASE WHEN j.status IN ('queued', 'started') THEN 'failed'
                  WHEN j.kind = 'check_import' THEN 'uploaded'
                  WHEN j.status = 'finished' THEN 'done' ELSE 'failed' END,
    mapping = CAST(j.payload->'mapping' AS jsonb),
    skip_bad_rows = CAST(j.payload->>'skip_bad_rows' AS boolean),
    report = CASE WHEN j.result IS NULL AND j.error IS NULL THEN '{}' ELSE jsonb_build_object(
        'task', replace(j.kind, '_import', ''), 'error', j.error, 'result', j.result->'report',
        'bad', coalesce(j.result->'bad', '0'), 'problems', coalesce(j.result->'problems', '[]'),
        'progress', CASE WHEN j.progress IS NOT NULL THEN json_build_object(
            'done', j.progress->'done', 'total', j.progress->'total',
            'is_writing', j.progress->>'step' = 'store') END) END,
    updated_at = coalesce(j.finished_at, j.inserted_at)
FROM jobs j WHERE j.id = i.job_id
"""


def upgrade() -> None:
    _create_jobs()
    op.execute(MAKE_JOBS)
    op.add_column("imports", sa.Column("job_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE imports SET job_id = id")
    op.alter_column("imports", "job_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_imports_job_id_jobs"), "imports", "jobs", ["job_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index(op.f("ix_imports_job_id"), "imports", ["job_id"])
    for column in ("status", "mapping", "skip_bad_rows", "report", "updated_at"):
        op.drop_column("imports", column)


def downgrade() -> None:
    op.add_column("imports", sa.Column("status", sa.Text(), server_default="failed", nullable=False))
    op.add_column("imports", sa.Column("mapping", JSONB(), server_default="{}", nullable=False))
    op.add_column("imports", sa.Column("skip_bad_rows", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("imports", sa.Column("report", JSONB(), server_default="{}", nullable=False))
    op.add_column(
        "imports", sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False)
    )
    op.execute(BRING_BACK)
    for column in ("status", "mapping", "skip_bad_rows", "report"):
        op.alter_column("imports", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_imports_importstatus"), "imports", "status IN ('uploaded', 'running', 'done', 'failed')"
    )
    op.drop_column("imports", "job_id")
    op.drop_table("workers")
    op.drop_table("jobs")


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", words("lane", "long", "short"), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("data_dir", sa.Text(), nullable=True),
        sa.Column("status", STATUS, server_default="queued", nullable=False),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("is_cancel_requested", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("claim", sa.Integer(), server_default="0", nullable=False),
        sa.Column("interruptions", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_jobs_dataset_id_datasets"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_jobs_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_open", "jobs", ["lane", "inserted_at"], postgresql_where=IS_OPEN)
    op.create_index("uq_jobs_key", "jobs", ["key"], unique=True, postgresql_where=IS_OPEN)
    op.create_index(op.f("ix_jobs_dataset_id"), "jobs", ["dataset_id"])
    op.create_index(op.f("ix_jobs_user_id_started_at"), "jobs", ["user_id", "started_at"])
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data_dir", sa.Text(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
