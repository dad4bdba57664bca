"""Indexes for searches, created on demand: by the first search in a large dataset.

They slow down adding records, so datasets that no one searches have none. Each index is built without locks,
by one process at a time, and covers one dataset, or one of its vectors.
"""

import threading
from collections.abc import Sequence

import structlog
from sqlalchemy import ColumnElement, Connection, literal_column, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from diptych.core.db import Database
from diptych.models import Dataset, Record, VectorSettings
from diptych.records.search.words import document

# The number of records from which an index saves more than a few milliseconds.
PAYS_FROM = 20_000
# The maximum for pgvector's HNSW.
MAX_DIMENSIONS = 2_000
_MEMORY = "256MB"
_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")

_log = structlog.get_logger("diptych")


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


def is_ready(session: Session, name: str) -> bool:
    """Return whether an index exists and is complete."""
    return bool(session.scalar(_IS_VALID, {"name": name}))


def build_soon(database: Database, index: tuple[str, str]) -> None:
    """Start to build an index in the background."""
    threading.Thread(target=build, args=(database, *index), name=index[0], daemon=True).start()


def drop_soon(database: Database, names: Sequence[str]) -> None:
    """Start to drop the indexes of a deleted dataset in the background."""
    threading.Thread(target=drop, args=(database, names), name="drop indexes", daemon=True).start()


def build(database: Database, name: str, definition: str) -> None:
    """Build an index, unless it exists or another process is building it; replace an incomplete one."""
    try:
        with database.alone() as connection:
            if not _lock(connection, name):
                return
            if connection.scalar(_IS_VALID, {"name": name}):
                return
            connection.execute(text(f"SET maintenance_work_mem = '{_MEMORY}'"))
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
            connection.exec_driver_sql(f"CREATE INDEX CONCURRENTLY {name} ON {definition}")
    except SQLAlchemyError as error:
        # Searches work without the index, and the next search tries again.
        _log.warning("index not made", index=name, error=error)


def drop(database: Database, names: Sequence[str]) -> None:
    """Drop indexes if they exist."""
    try:
        with database.alone() as connection:
            for name in names:
                connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
    except SQLAlchemyError as error:
        _log.warning("indexes not dropped", error=error)


def _lock(connection: Connection, name: str) -> bool:
    return bool(
        connection.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:name, 1))"), {"name": name})
    )
