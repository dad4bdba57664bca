"""Records and what belongs to them."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from diptych.core.db import new_id
from diptych.models.base import Base, Moment, OrderedJSON, enum_by_value


class RecordStatus(StrEnum):
    """Whether a record has the answers it needs."""

    PENDING = "pending"
    COMPLETED = "completed"


class SuggestionType(StrEnum):
    """Who made a suggestion."""

    MODEL = "model"
    HUMAN = "human"


class Record(Base):
    """One row is a prompt with its images.

    ``is_open`` and ``status`` follow from the counts; the database computes them, so they cannot disagree.
    Annotators do not get a record that ``is_excluded``.
    ``position`` is the order in which annotators get the records: random, or the order of import.
    """

    __tablename__ = "records"

    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None]
    fields: Mapped[OrderedJSON]
    metadata_: Mapped[OrderedJSON] = mapped_column("metadata")
    position: Mapped[int] = mapped_column(BigInteger)
    min_submitted: Mapped[int]
    submitted_count: Mapped[int] = mapped_column(server_default="0")
    lease_count: Mapped[int] = mapped_column(server_default="0")
    is_excluded: Mapped[bool] = mapped_column(server_default=false())
    status: Mapped[RecordStatus] = mapped_column(
        enum_by_value(RecordStatus),
        Computed(
            "CASE WHEN submitted_count >= min_submitted THEN 'completed' ELSE 'pending' END", persisted=True
        ),
    )
    is_open: Mapped[bool] = mapped_column(
        Computed("submitted_count + lease_count < min_submitted AND NOT is_excluded", persisted=True)
    )
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("submitted_count >= 0 AND lease_count >= 0", name="counts"),
        Index("ix_records_open", "dataset_id", "position", postgresql_where=text("is_open")),
        Index("ix_records_dataset_id_inserted_at_id", "dataset_id", "inserted_at", "id"),
        # Room on each page for the new version of a row whose counts change: no index needs to know.
        {"postgresql_with": {"fillfactor": "75"}},
    )


class RecordBlock(Base):
    """One row counts the records from its moment up to that of the next row: see ``records.blocks``."""

    __tablename__ = "record_blocks"

    dataset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    records: Mapped[int]


class Suggestion(Base):
    """One row is an answer that a model or a person suggests."""

    __tablename__ = "suggestions"

    dataset_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    question_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("questions.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(default=new_id)
    value: Mapped[Any] = mapped_column(JSON)
    score: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    agent: Mapped[str | None]
    type: Mapped[SuggestionType | None] = mapped_column(enum_by_value(SuggestionType))
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "record_id"], ["records.dataset_id", "records.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("dataset_id", "id"),
    )


class Vector(Base):
    """One row is an embedding of a record."""

    __tablename__ = "vectors"

    dataset_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    vectors_settings_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("vectors_settings.id"), primary_key=True
    )
    value: Mapped[Any] = mapped_column(VECTOR())

    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "record_id"], ["records.dataset_id", "records.id"], ondelete="CASCADE"
        ),
    )


class Media(Base):
    """One row is a stored image; ``key`` is the SHA-256 of the file as it was imported."""

    __tablename__ = "media"

    key: Mapped[str] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    inserted_at: Mapped[Moment]


class DatasetMedia(Base):
    """One row says that a dataset shows an image, and so who may see it."""

    __tablename__ = "dataset_media"

    dataset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    media_key: Mapped[str] = mapped_column(ForeignKey("media.key"), primary_key=True)

    __table_args__ = (Index(None, "media_key"),)
