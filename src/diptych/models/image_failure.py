"""Images that did not load in a browser."""

import uuid

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from diptych.models.base import Base, Moment


class ImageFailure(Base):
    """One row says that images of a record did not load for a user, how often, first and last.

    ``images`` are the numbers of these images in ascending order: 1 is the record's ``image_1``.
    """

    __tablename__ = "image_failures"

    dataset_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    images: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    count: Mapped[int] = mapped_column(server_default="1")
    first_at: Mapped[Moment]
    last_at: Mapped[Moment]

    __table_args__ = (
        ForeignKeyConstraint(
            ["dataset_id", "record_id"], ["records.dataset_id", "records.id"], ondelete="CASCADE"
        ),
        Index(None, "dataset_id", "last_at"),
    )
