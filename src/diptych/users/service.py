"""Adding people, changing them, and showing them out."""

import uuid
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.errors import ConflictError, InvalidError
from diptych.core.passwords import hash_password, hash_token, new_token
from diptych.models import Invitation, LoginSession, Role, User, Workspace, WorkspaceUser
from diptych.users import queries

DEFAULT_WORKSPACE = "default"
PASSWORD_LENGTH = (8, 100)
USERNAME_LENGTH = 100
_SHOWN_OF_A_KEY = 6


def ensure_default_workspace(session: Session) -> None:
    """Create the workspace ``default`` unless it is there."""
    session.execute(
        insert(Workspace).values(name=DEFAULT_WORKSPACE).on_conflict_do_nothing(index_elements=["name"])
    )


def create_user(
    session: Session,
    *,
    username: str,
    role: Role,
    password: str | None = None,
    workspace: str = DEFAULT_WORKSPACE,
) -> User:
    """Add a person to a workspace; without a password they need an invitation to log in.

    Raises ``ConflictError`` if the name is taken, ``InvalidError`` if name or password do not fit.
    """
    _check_username(username)
    if queries.find_user(session, username) is not None:
        raise ConflictError(f"There is already somebody named {username!r}.", username=username)
    user = User(username=username, first_name=username, role=role, password_hash=_hash(password))
    session.add(user)
    session.flush()
    session.add(WorkspaceUser(workspace_id=queries.get_workspace(session, workspace).id, user_id=user.id))
    session.flush()
    return user


def ensure_people(session: Session, ids: Iterable[uuid.UUID]) -> int:
    """Make sure that each id is a person: the unknown come in disabled, so that their answers have an author.

    Returns how many were unknown.
    """
    wanted = set(ids)
    known = set(session.scalars(select(User.id).where(User.id.in_(wanted))))
    unknown = sorted(wanted - known)
    if unknown:
        rows = [
            {"id": id_, "username": f"imported-{id_}", "role": Role.ANNOTATOR, "disabled_at": clock.now()}
            for id_ in unknown
        ]
        session.execute(insert(User).values(rows).on_conflict_do_nothing())
    return len(unknown)


def set_password(session: Session, user: User, password: str) -> None:
    """Change a password; every browser of this person has to log in again, and open links for it are void."""
    user.password_hash = _hash(password)
    user.updated_at = clock.now()
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    session.execute(delete(Invitation).where(Invitation.user_id == user.id, Invitation.accepted_at.is_(None)))
    session.flush()


def rotate_api_key(session: Session, user: User) -> str:
    """Give a person a new API key and return it: it is not stored and cannot be shown again."""
    key = new_token()
    user.api_key_hash = hash_token(key)
    user.api_key_prefix = key[:_SHOWN_OF_A_KEY]
    user.updated_at = clock.now()
    session.flush()
    return key


def disable_user(session: Session, user: User) -> None:
    """Close a person's account at once; their answers stay. The last owner stays too."""
    if user.role == Role.OWNER and _is_last_owner(session, user):
        raise ConflictError(f"{user.username!r} is the only owner; make another one first.")
    user.disabled_at = clock.now()
    user.updated_at = clock.now()
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    session.flush()


def _is_last_owner(session: Session, user: User) -> bool:
    others = select(User.id).where(User.role == Role.OWNER, User.disabled_at.is_(None), User.id != user.id)
    return session.scalar(others.limit(1)) is None


def _check_username(username: str) -> None:
    if (
        not username
        or len(username) > USERNAME_LENGTH
        or username != username.strip()
        or not username.isprintable()
    ):
        raise InvalidError(
            f"A name has 1 to {USERNAME_LENGTH} visible characters and no space at its ends.",
            field="username",
        )


def _hash(password: str | None) -> str | None:
    if password is None:
        return None
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        raise InvalidError(f"A password has {shortest} to {longest} characters.", field="password")
    return hash_password(password)
