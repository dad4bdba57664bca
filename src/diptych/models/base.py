"""The base class and the column types of all tables."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, Enum, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from diptych.core.db import new_id

# `json` keeps the text that was sent, and so the order of its keys; `jsonb` would sort them.
OrderedJSON = Annotated[dict[str, Any], mapped_column(JSON(none_as_null=True))]
SettingsJSON = Annotated[dict[str, Any], mapped_column(JSONB)]
UUIDKey = Annotated[uuid.UUID, mapped_column(primary_key=True, default=new_id)]
Moment = Annotated[datetime, mapped_column(server_default=func.now())]


class Base(DeclarativeBase):
    """The base of all tables: text without limits, UTC moments, constraints with guessable names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name for a class-wide setting
        str: Text,
        datetime: DateTime(timezone=True),
    }


def enum_by_value(values: type[StrEnum]) -> Enum:
    """Return the column type that stores an enum's values as text, checked by the database."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=True,
        length=None,
        name=values.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )
