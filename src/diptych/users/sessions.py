"""Browsers and programs that are logged in."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.passwords import hash_token, new_token, seal, unseal
from diptych.models import LoginSession, User
from diptych.users.expiry import delete_expired


def start_session(session: Session, user: User, *, days: int) -> str:
    """Remember a browser as logged in and return the token for its cookie; forget sessions that are over."""
    token = new_token()
    delete_expired(session, LoginSession.expires_at)
    session.execute(
        insert(LoginSession).values(
            token_hash=hash_token(token), user_id=user.id, expires_at=clock.now() + timedelta(days=days)
        )
    )
    return token


def end_session(session: Session, token: str) -> None:
    """Forget a browser."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == hash_token(token)))


def end_sessions(session: Session, user: User, *, except_token: str | None = None) -> None:
    """Log a person out everywhere, or everywhere but in the browser that has this token."""
    ended = delete(LoginSession).where(LoginSession.user_id == user.id)
    if except_token is not None:
        ended = ended.where(LoginSession.token_hash != hash_token(except_token))
    session.execute(ended)


def seal_api_key(session: Session, token: str, api_key: str) -> str:
    """Keep a new API key to be shown in this session, and return the part of it that the browser holds.

    The session holds the other part; neither tells anything of the key by itself.
    """
    pad, sealed = seal(api_key)
    session.execute(
        update(LoginSession).where(LoginSession.token_hash == hash_token(token)).values(sealed_api_key=sealed)
    )
    return pad


def unseal_api_key(session: Session, token: str, pad: str | None) -> str | None:
    """Return the API key whose other part the browser holds, or None."""
    found = session.get(LoginSession, hash_token(token))
    if not pad or found is None or found.sealed_api_key is None:
        return None
    return unseal(pad, found.sealed_api_key)
