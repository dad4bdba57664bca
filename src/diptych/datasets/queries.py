"""Reading datasets, their settings and their progress."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Label, Select, and_, false, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from diptych.core.errors import ConflictError, NotFoundError
from diptych.core.statements import Query
from diptych.core.storable import is_storable_text
from diptych.datasets.fields import count_named_images
from diptych.datasets.read_access import visible_to
from diptych.models import (
    AnnotatorProgress,
    Dataset,
    DatasetCount,
    Field,
    MetadataProperty,
    Question,
    Role,
    User,
    VectorSettings,
    Workspace,
    WorkspaceUser,
)

# As text, because every page of records runs it.
_LAST_ACTIVITIES = text("""
SELECT dataset_id, max(updated_at) FROM annotator_progress WHERE dataset_id = ANY(:ids) GROUP BY dataset_id
""")

_ADD_UP = """
SELECT coalesce(sum(records), 0), coalesce(sum(completed), 0) FROM dataset_counts
WHERE dataset_id = %(dataset_id)s
"""

_Setting = TypeVar("_Setting", Field, Question, MetadataProperty, VectorSettings)


@dataclass(frozen=True)
class TeamProgress:
    """The number of records in a dataset, and the number of completed ones."""

    records: int
    completed: int


@dataclass(frozen=True)
class Progress:
    """The progress of a dataset, and of one annotator, if they have started."""

    team: TeamProgress
    mine: AnnotatorProgress | None


@dataclass(frozen=True)
class DatasetSettings:
    """The settings of a dataset, in the order of their declaration."""

    fields: Sequence[Field]
    questions: Sequence[Question]
    metadata_properties: Sequence[MetadataProperty]
    vectors: Sequence[VectorSettings]

    @property
    def named_images(self) -> int:
        """How many images of a record answers can name, 0 if they name none."""
        return count_named_images(question.settings for question in self.questions)


def list_datasets(session: Session, user: User) -> Sequence[tuple[Dataset, Workspace]]:
    """Return the datasets that a user may see with their workspaces, oldest first."""
    statement = visible_to(user).join_from(Dataset, Workspace).add_columns(Workspace)
    rows = session.execute(statement.order_by(Dataset.inserted_at, Dataset.id))
    return [(dataset, workspace) for dataset, workspace in rows]


def get_visible_dataset(session: Session, user: User, reference: str) -> Dataset:
    """Return a dataset by its name or id, if the user may see it.

    Raises ``NotFoundError`` if the dataset does not exist or the user may not see it, and ``ConflictError``
    if several datasets have the name, so that the caller has to use the id.
    """
    return _only_one(session, visible_to(user), reference)


def get_visible_dataset_by_id(session: Session, user: User, dataset_id: uuid.UUID) -> Dataset:
    """Return a dataset, or raise ``NotFoundError`` if it does not exist or the user may not see it."""
    dataset = session.scalar(visible_to(user).where(Dataset.id == dataset_id))
    if dataset is None:
        raise NotFoundError(f"There is no dataset with the id {dataset_id}.", dataset=str(dataset_id))
    return dataset


def get_visible_setting(
    session: Session, user: User, table: type[_Setting], setting_id: uuid.UUID
) -> tuple[_Setting, Dataset]:
    """Return a field, question, metadata property or vector, and its dataset, if the user may see it.

    Raises ``NotFoundError``.
    """
    statement = visible_to(user).join(table, table.dataset_id == Dataset.id).add_columns(table)
    row = session.execute(statement.where(table.id == setting_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is nothing with the id {setting_id}.", id=str(setting_id))
    dataset, setting = row
    return setting, dataset


def get_dataset(session: Session, reference: str) -> Dataset:
    """Return a dataset by its name or id for the operator; errors as ``get_visible_dataset``."""
    return _only_one(session, select(Dataset), reference)


def get_settings(session: Session, dataset: Dataset) -> DatasetSettings:
    """Return the fields, questions, metadata properties and vectors of a dataset."""
    return DatasetSettings(
        list_settings(session, dataset, Field),
        list_settings(session, dataset, Question),
        list_settings(session, dataset, MetadataProperty),
        list_settings(session, dataset, VectorSettings),
    )


def list_settings(session: Session, dataset: Dataset, table: type[_Setting]) -> Sequence[_Setting]:
    """Return the fields, questions, metadata properties or vectors of a dataset in order."""
    statement = select(table).where(table.dataset_id == dataset.id)
    return session.scalars(statement.order_by(table.inserted_at, table.id)).all()


def last_activities(session: Session, dataset_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return the time of the last answer in each dataset that has answers."""
    rows = session.execute(_LAST_ACTIVITIES, {"ids": list(dataset_ids)})
    return dict(rows.all())


def team_progress(session: Session, dataset_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, TeamProgress]:
    """Return the progress of each dataset."""
    rows = session.execute(
        select(
            DatasetCount.dataset_id,
            func.sum(DatasetCount.records),
            func.sum(DatasetCount.completed),
        )
        .where(DatasetCount.dataset_id.in_(dataset_ids))
        .group_by(DatasetCount.dataset_id)
    )
    found = {
        dataset_id: TeamProgress(int(records), int(completed)) for dataset_id, records, completed in rows
    }
    return {dataset_id: found.get(dataset_id, TeamProgress(0, 0)) for dataset_id in dataset_ids}


def totals_of(dataset_id: uuid.UUID) -> Query[TeamProgress]:
    """Return the query for the progress of a dataset."""
    return Query(_ADD_UP, {"dataset_id": dataset_id}, lambda rows: TeamProgress(*next(iter(rows))))


def get_progress(session: Session, dataset: Dataset, user: User) -> Progress:
    """Return the progress of a dataset and of one annotator."""
    records, completed, mine = session.execute(progress_in(dataset, user)).one()
    return Progress(TeamProgress(records, completed), mine)


def progress_in(dataset: Dataset, user: User) -> Select[int, int, AnnotatorProgress | None]:
    """Return the query for one row: the records of a dataset, the completed ones, an annotator's counts."""

    def total(column: InstrumentedAttribute[int]) -> Label[int]:
        return func.coalesce(func.sum(column), 0).label(column.key)

    totals = (
        select(total(DatasetCount.records), total(DatasetCount.completed))
        .where(DatasetCount.dataset_id == dataset.id)
        .subquery("totals")
    )
    mine = and_(AnnotatorProgress.dataset_id == dataset.id, AnnotatorProgress.user_id == user.id)
    columns = (totals.c.records, totals.c.completed, AnnotatorProgress)
    return select(*columns).outerjoin_from(totals, AnnotatorProgress, mine)


def personal_progress(
    session: Session, user: User, dataset_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, AnnotatorProgress]:
    """Return a user's counts in each dataset that they have started."""
    rows = session.scalars(
        select(AnnotatorProgress).where(
            AnnotatorProgress.dataset_id.in_(dataset_ids), AnnotatorProgress.user_id == user.id
        )
    )
    return {row.dataset_id: row for row in rows}


def list_annotators(session: Session, dataset: Dataset) -> Sequence[tuple[User, AnnotatorProgress]]:
    """Return the annotators of a dataset with their counts, those with most submitted answers first."""
    rows = session.execute(
        select(User, AnnotatorProgress)
        .join(AnnotatorProgress, AnnotatorProgress.user_id == User.id)
        .where(AnnotatorProgress.dataset_id == dataset.id)
        .order_by(AnnotatorProgress.submitted.desc(), User.username)
    )
    return [(user, progress) for user, progress in rows]


def list_authors(session: Session, dataset: Dataset, ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return the users among ``ids`` whose responses an admin may add to a dataset.

    They are members of its workspace, owners, or have worked on the dataset before, or their accounts are
    closed: a closed account is only the author of answers, here or elsewhere.
    """
    return frozenset(session.scalars(select(User.id).where(User.id.in_(ids), _is_author(dataset))))


def list_strangers(session: Session, dataset: Dataset) -> frozenset[uuid.UUID]:
    """Return the users whose responses no admin may add to a dataset, see ``list_authors``."""
    return frozenset(session.scalars(select(User.id).where(~_is_author(dataset))))


def _only_one(session: Session, statement: Select[Dataset], reference: str) -> Dataset:
    found = session.scalars(statement.where(_is_called(reference))).all()
    # A matching name takes precedence over an id.
    found = [dataset for dataset in found if dataset.name == reference] or found
    if not found:
        raise NotFoundError(f"There is no dataset named {reference!r}.", dataset=reference)
    if len(found) > 1:
        raise ConflictError(f"Several datasets are named {reference!r}; use the id.", dataset=reference)
    return found[0]


def _is_author(dataset: Dataset) -> ColumnElement[bool]:
    members = select(WorkspaceUser.user_id).where(WorkspaceUser.workspace_id == dataset.workspace_id)
    begun = select(AnnotatorProgress.user_id).where(AnnotatorProgress.dataset_id == dataset.id)
    return or_(
        User.role == Role.OWNER, User.disabled_at.is_not(None), User.id.in_(members), User.id.in_(begun)
    )


def _is_called(reference: str) -> ColumnElement[bool]:
    # A text that the database cannot store is not a name.
    has_name = Dataset.name == reference if is_storable_text(reference) else false()
    try:
        return or_(has_name, Dataset.id == uuid.UUID(reference))
    except ValueError:
        return has_name
