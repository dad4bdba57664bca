"""Work that outlives a request, and the processes that do it."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, SmallInteger, false, text
from sqlalchemy.orm import Mapped, mapped_column

from diptych.models.base import Base, Moment, OrderedJSON, UUIDKey, enum_by_value


class JobStatus(StrEnum):
    """How far a job is; the words are those of Argilla's API."""

    QUEUED = "queued"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELED = "canceled"


class Lane(StrEnum):
    """Long jobs, of which few run at once, and short ones, which do not wait for them."""

    LONG = "long"
    SHORT = "short"


class Job(Base):
    """One row is a piece of work, how far it is, and what came of it.

    Jobs that are not over yet have no ``finished_at``; ``key`` is unique among them. ``claim`` counts the
    workers that have taken the job; only the latest may write. ``interruptions`` counts how often one of them
    ended, or lost the database. ``data_dir`` is the id of the data directory that holds the job's files.
    """

    __tablename__ = "jobs"

    id: Mapped[UUIDKey]
    kind: Mapped[str]
    lane: Mapped[Lane] = mapped_column(enum_by_value(Lane))
    dataset_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str | None]
    payload: Mapped[OrderedJSON]
    data_dir: Mapped[str | None]
    status: Mapped[JobStatus] = mapped_column(enum_by_value(JobStatus), server_default=JobStatus.QUEUED)
    progress: Mapped[OrderedJSON | None]
    result: Mapped[OrderedJSON | None]
    error: Mapped[str | None]
    is_cancel_requested: Mapped[bool] = mapped_column(server_default=false())
    claim: Mapped[int] = mapped_column(server_default="0")
    interruptions: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    worker: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    inserted_at: Mapped[Moment]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_jobs_open", "lane", "inserted_at", postgresql_where=text("finished_at IS NULL")),
        Index("uq_jobs_key", "key", unique=True, postgresql_where=text("finished_at IS NULL")),
        Index(None, "dataset_id"),
        Index(None, "user_id", "started_at"),
    )


class Worker(Base):
    """One row is a process that does jobs; it is alive while its heartbeat is fresh."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    data_dir: Mapped[str]
    heartbeat_at: Mapped[Moment]
