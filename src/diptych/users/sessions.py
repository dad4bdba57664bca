"""Sessions of browsers and programs."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.passwords import hash_token, new_token, seal, unseal
from diptych.models import LoginSession, User
from diptych.users.expiry import delete_expired


def start_session(session: Session, user: User, *, days: int) -> str:
    """Start a session and return its token; delete expired sessions."""
    token = new_token()
    delete_expired(session, LoginSession.expires_at)
    session.execute(
        insert(LoginSession).values(
            token_hash=hash_token(token), user_id=user.id, expires_at=clock.now() + timedelta(days=days)
        )
    )
    return token


def end_session(session: Session, token: str) -> None:
    """End the session with this token."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == hash_token(token)))


def end_sessions(session: Session, user: User, *, except_token: str | None = None) -> None:
    """End all sessions of a user, except the one with ``except_token``."""
    ended = delete(LoginSession).where(LoginSession.user_id == user.id)
    if except_token is not None:
        ended = ended.where(LoginSession.token_hash != hash_token(except_token))
    session.execute(ended)


def seal_api_key(session: Session, token: str, api_key: str) -> str:
    """Store one part of a new API key in the session, and return the other part for the browser.

    One part alone reveals nothing about the key.
    """
    pad, sealed = seal(api_key)
    session.execute(
        update(LoginSession).where(LoginSession.token_hash == hash_token(token)).values(sealed_api_key=sealed)
    )
    return pad


def unseal_api_key(session: Session, token: str, pad: str | None) -> str | None:
    """Return the API key from the parts of the session and the browser, or None."""
    found = session.get(LoginSession, hash_token(token))
    if not pad or found is None or found.sealed_api_key is None:
        return None
    return unseal(pad, found.sealed_api_key)
