"""Answers, their history, leases, and the progress of annotators."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from diptych.core.db import new_id
from diptych.models.base import Base, Moment, OrderedJSON, enum_by_value

# The number of the image in each slot, from the left: of n images, each of 1 to n once.
ShownOrder = Annotated[list[int], mapped_column(ARRAY(SmallInteger))]


def _permutation() -> CheckConstraint:
    # What has n elements and all of n numbers has each of them once.
    numbers = "CAST('{1,2,3,4,5,6,7,8,9,10,11,12}' AS smallint[])"
    return CheckConstraint(
        "array_ndims(shown_order) = 1 AND array_lower(shown_order, 1) = 1 "
        "AND cardinality(shown_order) BETWEEN 1 AND 12 "
        f"AND shown_order @> ({numbers})[1:cardinality(shown_order)]",
        name="shown_order",
    )


class ResponseStatus(StrEnum):
    """Whether an answer counts."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DISCARDED = "discarded"


class Response(Base):
    """One row is the current response of a person to a record.

    ``shown_order`` has the number of the image that was in each slot, from the left, if that is known;
    ``values`` do not depend on it. ``duration_ms`` is the time in milliseconds from the pictures'
    paint to the answer. ``is_late`` says that the lease had ended before the answer came, and ``is_counted``
    that the record counts it. ``revision`` counts the person's answers on the record, so that an earlier one
    that arrives late is recognized. ``skip_reason`` says why a record was discarded.
    """

    __tablename__ = "responses"

    dataset_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(default=new_id)
    values: Mapped[OrderedJSON]
    status: Mapped[ResponseStatus] = mapped_column(enum_by_value(ResponseStatus))
    shown_order: Mapped[ShownOrder | None]
    duration_ms: Mapped[int | None]
    is_late: Mapped[bool] = mapped_column(server_default=false())
    is_counted: Mapped[bool] = mapped_column(server_default=true())
    revision: Mapped[int] = mapped_column(server_default="1")
    skip_reason: Mapped[str | None]
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "record_id"], ["records.dataset_id", "records.id"], ondelete="CASCADE"
        ),
        # Of the indexes for all responses, only the primary key begins with dataset_id: PostgreSQL expects no
        # rows of a dataset that is newer than its statistics, and may then take any other index that does.
        UniqueConstraint("id", "dataset_id"),
        _permutation(),
        Index(None, "user_id", "dataset_id", "inserted_at"),
        Index(
            "ix_responses_skipped",
            "dataset_id",
            "updated_at",
            postgresql_where=text("skip_reason IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "90"}},
    )


class ResponseEvent(Base):
    """One row is a change of an answer, never changed itself: what it became, by whom, when.

    Without a status, the annotator deleted the answer. Events outlive their record and are deleted with the
    dataset. ``is_late`` is NULL in events from before this column existed.
    """

    __tablename__ = "response_events"

    dataset_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    status: Mapped[ResponseStatus | None] = mapped_column(enum_by_value(ResponseStatus))
    values: Mapped[OrderedJSON]
    shown_order: Mapped[ShownOrder | None]
    duration_ms: Mapped[int | None]
    skip_reason: Mapped[str | None]
    is_late: Mapped[bool | None]
    is_counted: Mapped[bool] = mapped_column(server_default=true())
    inserted_at: Mapped[Moment]

    __table_args__ = (_permutation(), Index(None, "dataset_id", "record_id", "user_id"))


class Assignment(Base):
    """One row is a lease: this person is looking at this record until then.

    ``window_id`` is the window of the person that shows it. Without one, any of their windows may. Without a
    ``shown_order``, the images stand as in the record: no answer names them.
    """

    __tablename__ = "assignments"

    dataset_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    window_id: Mapped[uuid.UUID | None]
    position: Mapped[int] = mapped_column(BigInteger)
    shown_order: Mapped[ShownOrder | None]
    expires_at: Mapped[datetime]
    inserted_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "record_id"], ["records.dataset_id", "records.id"], ondelete="CASCADE"
        ),
        _permutation(),
        Index(None, "dataset_id", "user_id", "inserted_at"),
        Index(None, "dataset_id", "expires_at"),
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": "0.02",
                "autovacuum_vacuum_threshold": "1000",
            }
        },
    )


class AnnotatorProgress(Base):
    """One row is a person's place in a dataset, and how many answers of each kind are theirs.

    Records up to the position ``cursor`` have been offered to them. If they have long searched for more in
    vain, ``search_start`` is the position from which they began. ``total_duration_ms`` is the time in
    milliseconds that they looked at records before they answered. ``is_set_aside`` marks people whose answers
    are not to be relied on.
    """

    __tablename__ = "annotator_progress"

    dataset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    cursor: Mapped[int] = mapped_column(BigInteger, server_default=text("'-1'"))
    search_start: Mapped[int | None] = mapped_column(BigInteger)
    submitted: Mapped[int] = mapped_column(server_default="0")
    draft: Mapped[int] = mapped_column(server_default="0")
    discarded: Mapped[int] = mapped_column(server_default="0")
    total_duration_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")
    is_set_aside: Mapped[bool] = mapped_column(server_default=false())
    updated_at: Mapped[Moment]
