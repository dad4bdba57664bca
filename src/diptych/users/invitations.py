"""One-time links: for the first owner, and for users to choose a password."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.errors import NotFoundError
from diptych.core.passwords import hash_token, new_token
from diptych.models import Invitation, Role, User
from diptych.users import queries, service


def invite_first_owner(session: Session, *, hours: int) -> str | None:
    """Return the token of a new link to create the first owner, or None if there is an owner.

    Earlier links of this kind stop working.
    """
    if queries.has_owner(session):
        return None
    session.execute(delete(Invitation).where(Invitation.user_id.is_(None), Invitation.accepted_at.is_(None)))
    return _create(session, None, hours=hours)


def invite_user(session: Session, user: User, *, hours: int) -> str:
    """Return the token of a link with which the user chooses a password."""
    return _create(session, user, hours=hours)


def get_invitation(session: Session, token: str, *, lock: bool = False) -> Invitation:
    """Return the invitation of a valid link, or raise ``NotFoundError``."""
    statement = select(Invitation).where(
        Invitation.token_hash == hash_token(token),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > clock.now(),
    )
    invitation = session.scalar(statement.with_for_update() if lock else statement)
    if invitation is None or (invitation.user_id is None and queries.has_owner(session)):
        raise NotFoundError("This link has expired or was already used. Please ask for a new one.")
    return invitation


def accept_invitation(session: Session, token: str, *, username: str, password: str) -> User:
    """Use a link: create the first owner named ``username``, or set the invited user's password."""
    invitation = get_invitation(session, token, lock=True)
    invitation.accepted_at = clock.now()
    session.flush()
    if invitation.user_id is None:
        return service.create_user(session, username=username, role=Role.OWNER, password=password)
    user = session.get_one(User, invitation.user_id)
    if user.disabled_at is not None:
        raise NotFoundError("This account is closed. Please ask an owner.")
    service.set_password(session, user, password)
    return user


def _create(session: Session, user: User | None, *, hours: int) -> str:
    token = new_token()
    session.add(
        Invitation(
            token_hash=hash_token(token),
            user_id=user.id if user else None,
            expires_at=clock.now() + timedelta(hours=hours),
        )
    )
    session.flush()
    return token
