"""What people answered."""

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from diptych.models import Dataset, Response, ResponseStatus, User


def find_response(
    session: Session, dataset: Dataset, record_id: uuid.UUID, user: User, *, lock: bool = False
) -> Response | None:
    """Return a person's answer on a record."""
    statement = _mine(dataset, user).where(Response.record_id == record_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def find_before(
    session: Session,
    dataset: Dataset,
    user: User,
    before: Response | None,
    status: ResponseStatus | None = None,
) -> Response | None:
    """Return the answer that a person gave before another one of theirs, or their latest."""
    statement = _with_status(_mine(dataset, user), status)
    if before is not None:
        statement = statement.where(_place(Response) < (before.inserted_at, before.id))
    return session.scalar(statement.order_by(Response.inserted_at.desc(), Response.id.desc()).limit(1))


def find_after(
    session: Session,
    dataset: Dataset,
    user: User,
    after: Response,
    status: ResponseStatus | None = None,
) -> Response | None:
    """Return the answer that a person gave after another one of theirs."""
    statement = _with_status(_mine(dataset, user), status)
    statement = statement.where(_place(Response) > (after.inserted_at, after.id))
    return session.scalar(statement.order_by(Response.inserted_at, Response.id).limit(1))


def list_responses(session: Session, dataset: Dataset, record_id: uuid.UUID) -> Sequence[Response]:
    """Return everybody's answers on a record, the oldest first."""
    statement = select(Response).where(Response.dataset_id == dataset.id, Response.record_id == record_id)
    return session.scalars(statement.order_by(Response.inserted_at, Response.id)).all()


def _mine(dataset: Dataset, user: User) -> Select[Response]:
    return select(Response).where(Response.dataset_id == dataset.id, Response.user_id == user.id)


def _with_status(statement: Select[Response], status: ResponseStatus | None) -> Select[Response]:
    return statement if status is None else statement.where(Response.status == status)


def _place(response: type[Response]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a row comparison
    return tuple_(response.inserted_at, response.id)
