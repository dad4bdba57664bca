"""Logging in without a server, and the time that passes between two tries."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from diptych.core.admission import ConcurrencyLimit, FairConcurrencyLimit
from diptych.core.db import Database
from diptych.models import LoginFailure, User
from diptych.users.authentication import Authenticator


def authenticator(
    database: Database,
    database_limit: ConcurrencyLimit | None = None,
    password_limit: FairConcurrencyLimit | None = None,
) -> Authenticator:
    """Return what an app has: two of them on one database are two servers."""
    return Authenticator(
        database, database_limit or ConcurrencyLimit(4), password_limit or FairConcurrencyLimit(2)
    )


def log_in(
    database: Database, password: str, username: str = "ada", address: str = "10.0.0.1", **values: Any
) -> User:
    """Return the person whom name and password belong to, or raise what a request would."""
    return asyncio.run(attempt(authenticator(database), password, username, address, **values))


async def attempt(
    door: Authenticator, password: str, username: str = "ada", address: str = "10.0.0.1", **values: Any
) -> User:
    """Do as ``log_in`` does at one server."""
    return await door.log_in(
        lambda _session, user: user, username=username, password=password, address=address, **values
    )


def pass_time(database: Database, **by: float) -> None:
    """Let time pass for those who wait for another try: ``pass_time(database, minutes=5)``."""
    moved = {
        "forgotten_at": LoginFailure.forgotten_at - timedelta(**by),
        "next_try_at": LoginFailure.next_try_at - timedelta(**by),
    }
    with database.transaction() as session:
        session.execute(update(LoginFailure).values(moved))
