"""People, and what their browsers send."""

from typing import Any

from sqlalchemy.orm import Session

from diptych.models import Role, User
from diptych.users.service import create_user
from diptych.users.sessions import start_session
from tests.factories.numbers import numbers


def user(session: Session, username: str | None = None, role: Role = Role.ANNOTATOR, **values: Any) -> User:
    return create_user(session, username=username or f"person-{next(numbers)}", role=role, **values)


def cookies(session: Session, user: User) -> dict[str, str]:
    """Log a person in, and return the cookies of their browser."""
    return {"diptych_session": start_session(session, user, days=1)}
