"""Checking passwords, one request at a time, without holding anything while it has to wait."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from diptych.core.addresses import network_of
from diptych.core.admission import ConcurrencyLimit, FairConcurrencyLimit
from diptych.core.db import Database
from diptych.core.errors import UnauthorizedError, UnavailableError
from diptych.core.passwords import verify_password
from diptych.models import User
from diptych.users import queries
from diptych.users.browsers import find_known_browser
from diptych.users.login_limits import (
    Limit,
    count_attempt,
    forgive,
    give_back,
    limits_of_account,
    limits_of_browser,
    limits_of_stranger,
)

Result = TypeVar("Result")

# Seconds that a password waits here for its turn; one that would wait longer is refused.
MAX_WAIT = 5
# Passwords that are counted at the same time, in one process. Those of one network wait for each other in the
# database, and would otherwise wait there on all of its connections.
COUNTS_AT_ONCE = 2
# Requests that wait here at the same time, in one process; more of them are refused.
MAX_WAITING = 500


@dataclass(frozen=True)
class _Attempt:
    user: User | None
    limits: Sequence[Limit]
    # Who takes turns with others at the hashes, and whether it is a browser that is known.
    caller: str
    is_known: bool


class Authenticator:
    """Checks passwords: the only way to find out whether one is right.

    While a password waits (see ``login_limits``), its request holds no connection, no thread and none of the
    few places for hashes, so others log in meanwhile.
    """

    def __init__(
        self, database: Database, database_limit: ConcurrencyLimit, password_limit: FairConcurrencyLimit
    ) -> None:
        self._database = database
        self._database_places = database_limit
        self._password_places = password_limit
        self._counts = FairConcurrencyLimit(COUNTS_AT_ONCE)
        self._waiting = 0

    async def log_in(
        self,
        then: Callable[[Session, User], Result],
        *,
        username: str,
        password: str,
        address: str,
        browser: str | None = None,
    ) -> Result:
        """Do ``then``, in a transaction, for the person whom name and password belong to; return its result.

        ``browser`` is the token by which browsers are known in which the person logged in before. Raises
        ``UnauthorizedError`` in the same words and time for an unknown name and a wrong password, and
        ``TooManyRequestsError`` if too many were wrong before.
        """

        def begin(session: Session) -> _Attempt:
            user = queries.find_user(session, username)
            known = find_known_browser(session, user, browser)
            if user is not None and known is not None:
                return _Attempt(user, limits_of_browser(user, known), known.hex(), is_known=True)
            return _Attempt(user, limits_of_stranger(username, address), network_of(address), is_known=False)

        attempt = await self._count(begin, caller=network_of(address))
        async with self._given_back_if_busy(attempt):
            async with self._place(attempt):
                user = await self._verify(attempt, password, "The name or password is wrong.")
            return await self.transact(lambda session: then(session, _reload(session, user, attempt.limits)))

    async def confirm(self, then: Callable[[Session, User], Result], user: User, *, password: str) -> Result:
        """Do ``then`` for a person who is logged in and knows their password, as ``log_in`` does.

        It may hash a password itself.
        """
        attempt = await self._count(
            lambda _session: _Attempt(user, limits_of_account(user), str(user.id), is_known=True),
            caller=str(user.id),
        )
        async with self._given_back_if_busy(attempt), self._place(attempt):
            await self._verify(attempt, password, "The current password is wrong.")
            return await self.transact(lambda session: then(session, _reload(session, user, attempt.limits)))

    async def transact(self, work: Callable[[Session], Result]) -> Result:
        """Do ``work`` in a transaction and return its result."""

        def run() -> Result:
            with self._database.transaction() as session:
                return work(session)

        async with self._database_places.take():
            return await run_in_threadpool(run)

    async def _count(self, begin: Callable[[Session], _Attempt], *, caller: str) -> _Attempt:
        def count(session: Session) -> tuple[_Attempt, float]:
            attempt = begin(session)
            patience = MAX_WAIT if self._waiting < MAX_WAITING else 0
            return attempt, count_attempt(session, attempt.limits, patience=patience)

        async with self._counts.take(caller):
            attempt, seconds = await self.transact(count)
        if seconds > 0:
            self._waiting += 1
            try:
                await asyncio.sleep(seconds)
            finally:
                self._waiting -= 1
        return attempt

    def _place(self, attempt: _Attempt) -> AbstractAsyncContextManager[None]:
        return self._password_places.take(attempt.caller, is_known=attempt.is_known)

    @asynccontextmanager
    async def _given_back_if_busy(self, attempt: _Attempt) -> AsyncIterator[None]:
        """Take back that a password was counted if the server never got to say whether it is right."""
        try:
            yield
        except UnavailableError:
            await self.transact(partial(give_back, limits=attempt.limits))
            raise

    async def _verify(self, attempt: _Attempt, password: str, message: str) -> User:
        stored = attempt.user.password_hash if attempt.user else None
        if not await run_in_threadpool(verify_password, stored, password) or attempt.user is None:
            raise UnauthorizedError(message)
        return attempt.user


def _reload(session: Session, user: User, limits: Sequence[Limit]) -> User:
    """Forget that the password was counted, and return the person, whom others change afterwards only."""
    forgive(session, limits)
    now = session.get_one(User, user.id, with_for_update={"key_share": True})
    if now.disabled_at is not None:
        raise UnauthorizedError("This account is disabled. Please ask an owner.")
    if now.password_hash != user.password_hash:
        raise UnauthorizedError("The password was changed a moment ago. Please try again.")
    return now
