"""Datasets: their settings, totals and imports."""

import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from diptych.models.base import Base, Moment, SettingsJSON, UUIDKey, enum_by_value


class DatasetStatus(StrEnum):
    """Whether the settings can still change."""

    DRAFT = "draft"
    READY = "ready"


class RecordOrder(StrEnum):
    """The order in which annotators get the records."""

    RANDOM = "random"
    IMPORT = "import"


class Dataset(Base):
    """One row is an annotation project: its questions, its guidelines and how answers are distributed."""

    __tablename__ = "datasets"

    id: Mapped[UUIDKey]
    workspace_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str]
    status: Mapped[DatasetStatus] = mapped_column(enum_by_value(DatasetStatus))
    guidelines: Mapped[str | None]
    allow_extra_metadata: Mapped[bool] = mapped_column(server_default=true())
    min_submitted: Mapped[int] = mapped_column(server_default="1")
    shuffle_sides: Mapped[bool] = mapped_column(server_default=true())
    record_order: Mapped[RecordOrder] = mapped_column(enum_by_value(RecordOrder), server_default="random")
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (
        UniqueConstraint("workspace_id", "name"),
        CheckConstraint("min_submitted >= 1", name="min_submitted"),
    )


class DatasetCount(Base):
    """One row is a share of a dataset's totals; they are spread over slots so that writers rarely wait."""

    __tablename__ = "dataset_counts"

    dataset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    records: Mapped[int] = mapped_column(server_default="0")
    completed: Mapped[int] = mapped_column(server_default="0")


class Field(Base):
    """One row is a part of a record that annotators see; ``settings.type`` says what it contains."""

    __tablename__ = "fields"

    id: Mapped[UUIDKey]
    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    name: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    required: Mapped[bool]
    settings: Mapped[SettingsJSON]
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (UniqueConstraint("dataset_id", "name"),)


class Question(Base):
    """One row is a question; ``settings.type`` names its module in ``diptych.questions``."""

    __tablename__ = "questions"

    id: Mapped[UUIDKey]
    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    name: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    required: Mapped[bool]
    settings: Mapped[SettingsJSON]
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (UniqueConstraint("dataset_id", "name"),)


class MetadataProperty(Base):
    """One row declares a metadata key: its type and, for terms, which values are allowed."""

    __tablename__ = "metadata_properties"

    id: Mapped[UUIDKey]
    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    name: Mapped[str]
    title: Mapped[str]
    settings: Mapped[SettingsJSON]
    visible_for_annotators: Mapped[bool] = mapped_column(server_default=true())
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (UniqueConstraint("dataset_id", "name"),)


class VectorSettings(Base):
    """One row declares an embedding: its name and its number of dimensions."""

    __tablename__ = "vectors_settings"

    id: Mapped[UUIDKey]
    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    name: Mapped[str]
    title: Mapped[str]
    dimensions: Mapped[int]
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (UniqueConstraint("dataset_id", "name"),)


class Import(Base):
    """One row is a file that an admin uploaded to import it, with the latest job that reads it."""

    __tablename__ = "imports"

    id: Mapped[UUIDKey]
    dataset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str]
    inserted_at: Mapped[Moment]
