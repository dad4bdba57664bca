"""Logging in and out, and slowing down those who guess."""

from datetime import timedelta

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.db import Database
from diptych.core.errors import TooManyRequestsError, UnauthorizedError
from diptych.core.passwords import hash_token, new_token, verify_password
from diptych.models import LoginFailure, LoginSession, User
from diptych.users import queries
from diptych.users.names import is_username

# Wrong passwords that are allowed in a window, for one name and from one address.
FAILURES_PER_NAME = 10
FAILURES_PER_ADDRESS = 50
WINDOW = timedelta(minutes=5)


def authenticate(database: Database, *, username: str, password: str, address: str) -> User:
    """Return the person whom name and password belong to.

    The count of failures is a transaction of its own: it stays when the request that failed is rolled back.
    Raises ``UnauthorizedError`` in the same words and time for an unknown name and a wrong password, and
    ``TooManyRequestsError`` after too many failures.
    """
    limits = {f"address:{address}": FAILURES_PER_ADDRESS}
    if is_username(username):
        limits[f"name:{username}"] = FAILURES_PER_NAME
    with database.transaction() as session:
        _refuse_after_too_many(session, limits)
        user = queries.find_user(session, username)
    usable = user is not None and user.disabled_at is None
    if not verify_password(user.password_hash if user and usable else None, password) or user is None:
        with database.transaction() as session:
            _count_failure(session, limits)
        raise UnauthorizedError("The name or the password is wrong.")
    with database.transaction() as session:
        session.execute(delete(LoginFailure).where(LoginFailure.subject == f"name:{username}"))
    return user


def start_session(session: Session, user: User, *, days: int) -> str:
    """Remember a browser as logged in and return the token for its cookie; forget sessions that are over."""
    token = new_token()
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= clock.now()))
    session.execute(
        insert(LoginSession).values(
            token_hash=hash_token(token), user_id=user.id, expires_at=clock.now() + timedelta(days=days)
        )
    )
    return token


def end_session(session: Session, token: str) -> None:
    """Forget a browser."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == hash_token(token)))


def _refuse_after_too_many(session: Session, limits: dict[str, int]) -> None:
    seconds = func.ceil(func.extract("epoch", LoginFailure.window_ends_at - clock.now()))
    rows = session.execute(
        select(LoginFailure.subject, LoginFailure.failures, seconds).where(
            LoginFailure.subject.in_(limits), LoginFailure.window_ends_at > clock.now()
        )
    )
    for subject, failures, wait in rows:
        if failures >= limits[subject]:
            raise TooManyRequestsError(
                "There were too many wrong passwords. Please wait a few minutes and try again.",
                retry_after=max(1, int(wait)),
            )


def _count_failure(session: Session, limits: dict[str, int]) -> None:
    window_ends_at = clock.now() + WINDOW
    # In one order for everybody, so that two failures never wait for each other.
    for subject in sorted(limits):
        statement = insert(LoginFailure).values(subject=subject, failures=1, window_ends_at=window_ends_at)
        is_over = LoginFailure.window_ends_at <= clock.now()
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["subject"],
                set_={
                    "failures": case((is_over, 1), else_=LoginFailure.failures + 1),
                    "window_ends_at": case((is_over, window_ends_at), else_=LoginFailure.window_ends_at),
                },
            )
        )
