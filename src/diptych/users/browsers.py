"""Browsers in which a user logged in before: wrong passwords from elsewhere do not slow them down."""

import uuid
from datetime import timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.passwords import hash_token, new_token
from diptych.models import KnownBrowser, User
from diptych.users.expiry import delete_expired

KNOWN_FOR = timedelta(days=180)


def find_known_browser(session: Session, user: User | None, token: str | None) -> bytes | None:
    """Return the hash of a browser's token if this user logged in with that browser before."""
    if not token:
        return None
    known = exists().where(
        KnownBrowser.token_hash == hash_token(token),
        # An unknown name runs the same query, so that the reply takes as long.
        KnownBrowser.user_id == (user.id if user else uuid.UUID(int=0)),
        KnownBrowser.expires_at > clock.now(),
    )
    return hash_token(token) if session.scalar(select(known)) else None


def remember_browser(session: Session, user: User, token: str | None) -> str:
    """Remember a browser, with its current token if that is valid, and return its token."""
    delete_expired(session, KnownBrowser.expires_at)
    if not token or not _is_ours(session, token):
        token = new_token()
    known = insert(KnownBrowser).values(
        token_hash=hash_token(token), user_id=user.id, expires_at=clock.now() + KNOWN_FOR
    )
    session.execute(
        known.on_conflict_do_update(
            index_elements=["token_hash", "user_id"], set_={"expires_at": known.excluded.expires_at}
        )
    )
    return token


def forget_browsers(session: Session, user: User) -> None:
    """Forget all browsers of a user."""
    session.execute(delete(KnownBrowser).where(KnownBrowser.user_id == user.id))


def _is_ours(session: Session, token: str) -> bool:
    known = exists().where(KnownBrowser.token_hash == hash_token(token))
    return bool(session.scalar(select(known)))
