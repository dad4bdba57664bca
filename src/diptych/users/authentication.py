"""Checks passwords; a request that has to wait holds no resources."""

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

# How long a password waits here for its turn, in seconds; a longer wait is refused.
MAX_WAIT = 5
# Passwords that a process counts at the same time. Those of one network wait for each other in the database,
# and would otherwise take all of its connections.
COUNTS_AT_ONCE = 2
# Requests that wait in a process at the same time; further ones are refused.
MAX_WAITING = 500


@dataclass(frozen=True)
class _Attempt:
    user: User | None
    limits: Sequence[Limit]
    # The caller for the turns at the hashes, and whether their browser is known.
    caller: str
    is_known: bool


class Authenticator:
    """Checks passwords; no other code does.

    While a password waits (see ``login_limits``), its request holds no connection, no thread and no turn for
    a hash, so other users can log in meanwhile.
    """

    def __init__(
        self, database: Database, database_limit: ConcurrencyLimit, password_limit: FairConcurrencyLimit
    ) -> None:
        self._database = database
        self._database_limit = database_limit
        self._password_limit = password_limit
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
        """Check a name and password, call ``then`` with the user in a transaction, and return its result.

        ``browser`` is the token of a browser in which the user may have logged in before. Raises
        ``UnauthorizedError``, in the same words and time for an unknown name and a wrong password, and
        ``TooManyRequestsError`` after too many wrong passwords.
        """

        def begin(session: Session) -> _Attempt:
            user = queries.find_user(session, username)
            known = find_known_browser(session, user, browser)
            if user is not None and known is not None:
                return _Attempt(user, limits_of_browser(user, known), known.hex(), is_known=True)
            return _Attempt(user, limits_of_stranger(username, address), network_of(address), is_known=False)

        attempt = await self._count(begin, caller=network_of(address))
        async with self._given_back_if_busy(attempt):
            async with self._hash_turn(attempt):
                user = await self._verify(attempt, password, "The name or password is wrong.")
            return await self.transact(lambda session: then(session, _reload(session, user, attempt.limits)))

    async def confirm(self, then: Callable[[Session, User], Result], user: User, *, password: str) -> Result:
        """Check the password of a logged-in user, and then continue like ``log_in``.

        ``then`` may hash a password too.
        """
        attempt = await self._count(
            lambda _session: _Attempt(user, limits_of_account(user), str(user.id), is_known=True),
            caller=str(user.id),
        )
        async with self._given_back_if_busy(attempt), self._hash_turn(attempt):
            await self._verify(attempt, password, "The current password is wrong.")
            return await self.transact(lambda session: then(session, _reload(session, user, attempt.limits)))

    async def transact(self, work: Callable[[Session], Result]) -> Result:
        """Run ``work`` in a transaction and return its result."""

        def run() -> Result:
            with self._database.transaction() as session:
                return work(session)

        async with self._database_limit.take():
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

    def _hash_turn(self, attempt: _Attempt) -> AbstractAsyncContextManager[None]:
        return self._password_limit.take(attempt.caller, is_known=attempt.is_known)

    @asynccontextmanager
    async def _given_back_if_busy(self, attempt: _Attempt) -> AsyncIterator[None]:
        """Undo the count of a password if the server was too busy to check it."""
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
    """Undo the count of a right password, and return the user, locked against changes."""
    forgive(session, limits)
    now = session.get_one(User, user.id, with_for_update={"key_share": True})
    if now.disabled_at is not None:
        raise UnauthorizedError("This account is disabled. Please ask an owner.")
    if now.password_hash != user.password_hash:
        raise UnauthorizedError("The password was changed a moment ago. Please try again.")
    return now
