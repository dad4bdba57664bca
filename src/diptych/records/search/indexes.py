"""Indexes for searches, created on demand: by the first search in a large dataset.

They slow down adding records, so datasets that no one searches have none. A job builds each index,
without locks; it covers one dataset, or one of its vectors.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, literal_column, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from diptych.jobs.kinds import JobKind
from diptych.jobs.run import JobRun, Progress
from diptych.jobs.service import enqueue
from diptych.models import Dataset, Lane, Record, VectorSettings
from diptych.records.search.words import document

# The number of records from which an index saves more than a few milliseconds.
PAYS_FROM = 20_000
# The maximum for pgvector's HNSW.
MAX_DIMENSIONS = 2_000
_MEMORY = "256MB"
_EXISTING = text("SELECT name FROM unnest(CAST(:names AS text[])) name WHERE to_regclass(name) IS NOT NULL")
_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def text_index(dataset: Dataset) -> tuple[str, str]:
    """Return the name and the definition of the index on the words of a dataset."""
    words = document(Record.fields).compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    name = f"ix_records_words_{dataset.id.hex}"
    return name, f"records USING gin (({words})) WHERE dataset_id = '{dataset.id}'"


def vector_index(vector: VectorSettings) -> tuple[str, str]:
    """Return the name and the definition of the index on a vector."""
    expression = f"(value::vector({vector.dimensions})) vector_cosine_ops"
    name = f"ix_vectors_hnsw_{vector.id.hex}"
    return name, f"vectors USING hnsw ({expression}) WHERE vectors_settings_id = '{vector.id}'"


def literal_dataset(dataset: Dataset) -> ColumnElement[bool]:
    """Return the condition for the dataset's records with a literal id, which the planner needs."""
    return Record.dataset_id == literal_column(f"'{dataset.id}'::uuid", Record.dataset_id.type)


def is_ready(session: Session, dataset: Dataset, vector: VectorSettings | None = None) -> bool:
    """Return whether the index on a vector, or on the words of a dataset, exists and is complete."""
    return bool(session.scalar(_IS_VALID, {"name": _index(dataset, vector)[0]}))


def build_soon(session: Session, dataset: Dataset, vector: VectorSettings | None = None) -> None:
    """Ask for the index on a vector, or on the words of a dataset, unless a job for it waits or runs."""
    name, _ = _index(dataset, vector)
    payload = {"vectors_settings_id": str(vector.id) if vector else None}
    enqueue(session, BUILD_INDEX, payload, dataset=dataset, key=f"build {name}")


def drop_soon(session: Session, names: Sequence[str]) -> None:
    """Ask for the job that drops those indexes of a deleted dataset that exist."""
    if existing := session.scalars(_EXISTING, {"names": list(names)}).all():
        enqueue(session, DROP_INDEXES, {"names": list(existing)})


def _build(run: JobRun) -> None:
    """Build an index unless it exists; replace an incomplete one, which a canceled job leaves behind."""
    name, definition = _index_of(run)
    with run.database.alone() as connection:
        if connection.scalar(_IS_VALID, {"name": name}):
            return
        connection.execute(text(f"SET maintenance_work_mem = '{_MEMORY}'"))
        run.report(Progress("build an index"))
        connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        connection.exec_driver_sql(f"CREATE INDEX CONCURRENTLY {name} ON {definition}")


def _index_of(run: JobRun) -> tuple[str, str]:
    with run.database.transaction() as session:
        vector_id = run.job.payload["vectors_settings_id"]
        vector = session.get_one(VectorSettings, uuid.UUID(vector_id)) if vector_id else None
        return _index(session.get_one(Dataset, run.job.dataset_id), vector)


def _index(dataset: Dataset, vector: VectorSettings | None) -> tuple[str, str]:
    return vector_index(vector) if vector else text_index(dataset)


def _drop(run: JobRun) -> None:
    """Drop indexes if they exist."""
    with run.database.alone() as connection:
        for name in run.job.payload["names"]:
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))


BUILD_INDEX = JobKind("build_index", Lane.LONG, _build)
DROP_INDEXES = JobKind("drop_indexes", Lane.SHORT, _drop)
