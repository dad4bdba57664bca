"""Limits how fast passwords can be guessed, in a way that attackers cannot use to lock out a user.

Wrong passwords are counted in the database, with its clock, for all processes and servers together:

- **for a name at a network** (an IPv4 address, an IPv6 /64). Five are free; then the next password waits one
  second, the one after it two, up to a minute. Other networks are not affected.
- **for a name**, from all networks, because an attacker may have many. After fifty, every network is treated
  as if it had failed seven times: its first password waits four seconds, its second eight, up to a minute. A
  queue for the name would slow down a thousand networks more, but they would fill it, and the user could not
  log in. So each network waits separately, and a new one never longer than four seconds.
- **for a network**, for all names (for IPv6 a /48, which an attacker easily gets). After a hundred, the
  server checks one of its passwords per second. Right passwords do not count, so a classroom stays below.

These limits do not apply to a **browser in which the user logged in before**: only its own failures slow it
down. The same is true for a user who confirms their password while logged in.

A password counts as wrong before it is checked, until it turns out to be right. So a hundred passwords at
once are slowed down like a hundred in a row. Failures expire, and their rows are deleted.

One case remains: if an attacker keeps guessing from the network of the user, and the user has a new browser,
the two compete for the next turn. The server cannot tell them apart until one has the right password.
"""

import hashlib
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.addresses import network_of
from diptych.core.errors import TooManyRequestsError
from diptych.models import LoginFailure, User
from diptych.users.expiry import delete_expired


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The delays after wrong passwords.

    After ``free`` failures, the next password waits one second, then two, up to ``longest`` seconds.
    """

    free: int
    longest: int
    forgotten_after: timedelta

    @property
    def most(self) -> int:
        """The maximum count: enough for the longest wait, and few enough to expire soon."""
        return self.free + 10

    def wait(self, failures: int) -> timedelta:
        """Return how long the next password waits after a number of failures."""
        if failures < self.free:
            return timedelta(0)
        return timedelta(seconds=min(2 ** min(failures - self.free, 10), self.longest))


OWN = Rule(free=5, longest=60, forgotten_after=timedelta(minutes=5))
NAME = Rule(free=50, longest=0, forgotten_after=timedelta(minutes=1))
NETWORK = Rule(free=100, longest=1, forgotten_after=timedelta(seconds=2))
# The number of failures that every network starts with, at a name under attack from many networks.
HELD_AGAINST_ALL = 7


@dataclass(frozen=True, order=True)
class Limit:
    """A rule and the subject that it counts."""

    subject: bytes
    rule: Rule = field(compare=False)


def limits_of_stranger(username: str, address: str) -> list[Limit]:
    """Return the limits for a browser in which this user has not logged in before."""
    name, network = _fold(username), network_of(address)
    return [
        Limit(_subject("name at network", name, network), OWN),
        Limit(_subject("name", name), NAME),
        Limit(_subject("network", network_of(address, prefix=48)), NETWORK),
    ]


def limits_of_browser(user: User, browser_hash: bytes) -> list[Limit]:
    """Return the limits for a browser in which this user logged in before."""
    return [Limit(_subject("browser", str(user.id), browser_hash.hex()), OWN)]


def limits_of_account(user: User) -> list[Limit]:
    """Return the limits for a logged-in user who confirms their password."""
    return [Limit(_subject("account", str(user.id)), OWN)]


def count_attempt(session: Session, limits: Sequence[Limit], *, patience: float) -> float:
    """Count a password as wrong, and return the seconds to wait before checking it.

    Raises ``TooManyRequestsError``, and counts nothing, if the wait is longer than ``patience``.
    """
    delete_expired(session, LoginFailure.forgotten_at)
    now, counts = _lock(session, limits)
    is_attacked = any(limit.rule is NAME and counts[limit].failures >= NAME.free for limit in limits)
    slot = max(_next_slot(limit.rule, counts[limit], now, is_attacked=is_attacked) for limit in limits)
    wait = (slot - now).total_seconds()
    if wait > patience:
        raise _too_many(math.ceil(wait))
    changed = [_charged(limit, counts[limit], now, slot, is_attacked=is_attacked) for limit in limits]
    session.execute(update(LoginFailure), changed)
    return wait


def give_back(session: Session, limits: Sequence[Limit]) -> None:
    """Undo ``count_attempt``, because the password was not checked."""
    for limit in sorted(limits):
        forgotten_at = LoginFailure.forgotten_at - limit.rule.forgotten_after
        row = update(LoginFailure).where(LoginFailure.subject == limit.subject)
        session.execute(row.values(forgotten_at=forgotten_at))


def forgive(session: Session, limits: Sequence[Limit]) -> None:
    """Undo ``count_attempt`` after a right password, and forget earlier failures of this browser."""
    give_back(session, limits)
    own = [limit.subject for limit in limits if limit.rule is OWN]
    session.execute(delete(LoginFailure).where(LoginFailure.subject.in_(own)))


@dataclass(frozen=True)
class _Count:
    failures: int
    forgotten_at: datetime
    next_try_at: datetime


def _lock(session: Session, limits: Sequence[Limit]) -> tuple[datetime, dict[Limit, _Count]]:
    """Return the database's time and the count of each limit, locked in a fixed order."""
    moments = {"forgotten_at": clock.now(), "next_try_at": clock.now()}
    rows = insert(LoginFailure).values([{"subject": limit.subject, **moments} for limit in sorted(limits)])
    locked = rows.on_conflict_do_update(
        index_elements=["subject"], set_={"subject": rows.excluded.subject}
    ).returning(LoginFailure.subject, LoginFailure.forgotten_at, LoginFailure.next_try_at, clock.now())
    found = {row[0]: row for row in session.execute(locked)}
    counts = {}
    for limit in limits:
        _, forgotten_at, next_try_at, now = found[limit.subject]
        failures = max(0, math.ceil((forgotten_at - now) / limit.rule.forgotten_after))
        counts[limit] = _Count(failures, forgotten_at, next_try_at)
    return now, counts


def _next_slot(rule: Rule, count: _Count, now: datetime, *, is_attacked: bool) -> datetime:
    is_first_of_many = rule is OWN and is_attacked and count.failures == 0
    earliest = now + rule.wait(HELD_AGAINST_ALL) if is_first_of_many else now
    return max(earliest, count.next_try_at)


def _charged(
    limit: Limit, count: _Count, now: datetime, slot: datetime, *, is_attacked: bool
) -> dict[str, object]:
    """Return the row of a limit after one more failure."""
    rule = limit.rule
    failures = min(count.failures + 1, rule.most)
    held_against = HELD_AGAINST_ALL if rule is OWN and is_attacked else 0
    forgotten_at = max(now, count.forgotten_at) + rule.forgotten_after
    return {
        "subject": limit.subject,
        "forgotten_at": min(forgotten_at, now + rule.most * rule.forgotten_after),
        "next_try_at": slot + rule.wait(failures + held_against),
    }


def _too_many(seconds: int) -> TooManyRequestsError:
    wait = f"{seconds} second{'s' if seconds > 1 else ''}"
    return TooManyRequestsError(
        f"Too many wrong passwords. Please wait {wait}, then try again.", retry_after=seconds
    )


def _fold(username: str) -> str:
    """Return the same text for names that look alike, so that variants share their tries."""
    return unicodedata.normalize("NFKC", username).casefold().strip()


def _subject(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()
