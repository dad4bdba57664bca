"""Users, workspaces, and credentials."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from diptych.models.base import Base, Moment, UUIDKey, enum_by_value


class Role(StrEnum):
    """The role of a user; each role may do everything that the roles after it may."""

    OWNER = "owner"
    ADMIN = "admin"
    ANNOTATOR = "annotator"


class User(Base):
    """One row is a user, who can be disabled but is never deleted."""

    __tablename__ = "users"

    id: Mapped[UUIDKey]
    username: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    role: Mapped[Role] = mapped_column(enum_by_value(Role))
    password_hash: Mapped[str | None]
    api_key_hash: Mapped[bytes | None] = mapped_column(unique=True)
    api_key_prefix: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Workspace(Base):
    """One row is a group of datasets and of the users who work on them."""

    __tablename__ = "workspaces"

    id: Mapped[UUIDKey]
    name: Mapped[str] = mapped_column(unique=True)
    inserted_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class WorkspaceUser(Base):
    """One row is a user's membership in a workspace."""

    __tablename__ = "workspace_users"

    workspace_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    inserted_at: Mapped[Moment]

    __table_args__ = (Index(None, "user_id"),)


class LoginSession(Base):
    """One row is a login of a browser or program; only the hash of its token is stored.

    ``sealed_api_key`` is one part of a new API key, which is shown once; the browser has the other part.
    """

    __tablename__ = "login_sessions"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    inserted_at: Mapped[Moment]
    expires_at: Mapped[datetime]
    sealed_api_key: Mapped[bytes | None]

    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))


class KnownBrowser(Base):
    """One row is a browser in which a user logged in before; only the hash of its cookie is stored."""

    __tablename__ = "known_browsers"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    inserted_at: Mapped[Moment]
    expires_at: Mapped[datetime]

    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))


class Invitation(Base):
    """One row is a one-time link: to set a user's password or, without a user, to create the first owner."""

    __tablename__ = "invitations"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    inserted_at: Mapped[Moment]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


class LoginFailure(Base):
    """One row counts wrong passwords: for a name, from a network, or from a browser.

    ``subject`` is a hash, because users type passwords into the name field. Each failure moves
    ``forgotten_at`` further ahead, so its distance gives the number of failures. ``next_try_at`` is the time
    when the next password is checked.
    """

    __tablename__ = "login_failures"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    forgotten_at: Mapped[Moment]
    next_try_at: Mapped[Moment]

    __table_args__ = (Index(None, "forgotten_at"),)
