"""What people answered."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, Text, cast, func, select, text, tuple_
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.datasets.read_access import read_access, visible_to
from diptych.models import Dataset, Record, RecordStatus, Response, ResponseStatus, User

# At most this number of skipped records, the newest, are counted by reason.
MAX_COUNTED = 1_000

_DAYS_IN_A_ROW = text("""
WITH RECURSIVE days AS (
    SELECT CAST(max(inserted_at) AS date) AS day, 1 AS n FROM responses
    WHERE dataset_id = :dataset_id AND user_id = :user_id AND inserted_at >= CAST(now() AS date) - 1
    UNION ALL
    SELECT day - 1, n + 1 FROM days
    WHERE n < 366 AND EXISTS (
        SELECT FROM responses WHERE dataset_id = :dataset_id AND user_id = :user_id
        AND inserted_at >= day - 1 AND inserted_at < day)
)
SELECT max(n) FROM days WHERE day IS NOT NULL
""")


@dataclass(frozen=True)
class Skip:
    """A record that an annotator discarded with a reason; ``name`` is its external id or its id."""

    record_id: uuid.UUID
    name: str
    username: str
    reason: str
    at: datetime


def find_response(
    session: Session, dataset: Dataset, record_id: uuid.UUID, user: User, *, lock: bool = False
) -> Response | None:
    """Return a person's answer on a record."""
    # The cast keeps the planner from reading all responses of the person, who may have a million.
    statement = select(Response).where(
        Response.dataset_id == dataset.id,
        Response.record_id == record_id,
        cast(Response.user_id, Text) == str(user.id),
    )
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


def count_days_in_a_row(session: Session, dataset: Dataset, user: User) -> int:
    """Return on how many days (UTC) in a row a person gave answers first, up to today or yesterday.

    Each day costs one look at the index, and a year is as far as it looks.
    """
    return session.scalar(_DAYS_IN_A_ROW, {"dataset_id": dataset.id, "user_id": user.id}) or 0


def list_skips(session: Session, dataset: Dataset, *, limit: int) -> Sequence[Skip]:
    """Return the records that were discarded with a reason, the newest first."""
    name = func.coalesce(Record.external_id, cast(Record.id, Text))
    statement = (
        _skipped(dataset)
        .join(Record, (Record.dataset_id == Response.dataset_id) & (Record.id == Response.record_id))
        .join(User, User.id == Response.user_id)
        .with_only_columns(Record.id, name, User.username, Response.skip_reason, Response.updated_at)
    )
    rows = session.execute(statement.limit(limit))
    return [Skip(id_, name, who, reason or "", at) for id_, name, who, reason, at in rows]


def count_skip_reasons(session: Session, dataset: Dataset) -> Sequence[tuple[str, int]]:
    """Return the reasons of the newest ``MAX_COUNTED`` skips, without details, the most frequent first.

    The text before a colon is the reason; the text after it is details.
    """
    reason = func.split_part(Response.skip_reason, ": ", 1).label("reason")
    newest = _skipped(dataset).with_only_columns(reason).limit(MAX_COUNTED).subquery()
    statement = select(newest.c.reason, func.count()).group_by(newest.c.reason)
    rows = session.execute(statement.order_by(func.count().desc(), newest.c.reason))
    return [(reason, count) for reason, count in rows]


def get_visible_response(session: Session, user: User, response_id: uuid.UUID) -> tuple[Response, Dataset]:
    """Return a response that a person may know, and its dataset, or raise ``NotFoundError``."""
    statement = visible_to(user).join(Response, Response.dataset_id == Dataset.id).add_columns(Response)
    of = read_access(user).responses_of
    if of is not None:
        statement = statement.where(Response.user_id == of)
    row = session.execute(statement.where(Response.id == response_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no response with the id {response_id}.", response=str(response_id))
    dataset, response = row
    return response, dataset


def count_by_person(
    session: Session, dataset: Dataset, *, of: uuid.UUID | None = None
) -> Sequence[tuple[str, RecordStatus, ResponseStatus, int]]:
    """Return how many responses each person gave: name, status of the record, status of the response.

    ``of`` is the only person to count; None counts everyone.
    """
    statement = (
        select(User.username, Record.status, Response.status, func.count())
        .select_from(Response)
        .join(Record, (Record.dataset_id == Response.dataset_id) & (Record.id == Response.record_id))
        .join(User, User.id == Response.user_id)
        .where(Response.dataset_id == dataset.id, *([] if of is None else [Response.user_id == of]))
        .group_by(User.username, Record.status, Response.status)
    )
    return session.execute(statement).all()


def _mine(dataset: Dataset, user: User) -> Select[Response]:
    return select(Response).where(Response.dataset_id == dataset.id, Response.user_id == user.id)


def _skipped(dataset: Dataset) -> Select[Response]:
    statement = select(Response).where(Response.dataset_id == dataset.id, Response.skip_reason.is_not(None))
    return statement.order_by(Response.updated_at.desc())


def _with_status(statement: Select[Response], status: ResponseStatus | None) -> Select[Response]:
    return statement if status is None else statement.where(Response.status == status)


def _place(response: type[Response]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a row comparison
    return tuple_(response.inserted_at, response.id)
