"""Making datasets."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from diptych.core.errors import ConflictError, InvalidError
from diptych.datasets import image_preference
from diptych.models import (
    Dataset,
    DatasetCount,
    DatasetStatus,
    Field,
    MetadataProperty,
    Question,
    RecordOrder,
    VectorSettings,
)
from diptych.questions import parse_settings
from diptych.users.queries import get_workspace
from diptych.users.service import DEFAULT_WORKSPACE

NAME_LENGTH = 200
# Writers of totals choose one of these at random; so many rarely meet.
COUNT_SLOTS = 16


def create_image_preference_dataset(
    session: Session,
    *,
    name: str,
    workspace: str = DEFAULT_WORKSPACE,
    min_submitted: int = 1,
    guidelines: str | None = None,
    shuffle_sides: bool = True,
    record_order: RecordOrder = RecordOrder.RANDOM,
) -> Dataset:
    """Create a dataset in which people choose between two pictures of a prompt, ready for its records.

    Raises ``ConflictError`` if the workspace has one of that name, ``InvalidError`` if a value does not fit.
    """
    _check(name, min_submitted)
    home = get_workspace(session, workspace)
    taken = select(Dataset.id).where(Dataset.workspace_id == home.id, Dataset.name == name)
    if session.scalar(taken) is not None:
        raise ConflictError(f"The workspace {workspace!r} already has a dataset named {name!r}.", name=name)
    dataset = Dataset(
        workspace_id=home.id,
        name=name,
        status=DatasetStatus.READY,
        guidelines=guidelines if guidelines is not None else image_preference.guidelines(),
        min_submitted=min_submitted,
        shuffle_sides=shuffle_sides,
        record_order=record_order,
    )
    session.add(dataset)
    session.flush()
    _add_settings(session, dataset)
    session.flush()
    return dataset


def add_to_totals(session: Session, dataset: Dataset, *, records: int = 0, completed: int = 0) -> None:
    """Move a dataset's totals by so many records and completed records."""
    slot = func.floor(func.random() * COUNT_SLOTS)
    statement = insert(DatasetCount).values(
        dataset_id=dataset.id, slot=slot, records=records, completed=completed
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["dataset_id", "slot"],
            set_={
                "records": DatasetCount.records + statement.excluded.records,
                "completed": DatasetCount.completed + statement.excluded.completed,
            },
        )
    )


def _check(name: str, min_submitted: int) -> None:
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable() or name != name.strip():
        raise InvalidError(
            f"The name of a dataset has 1 to {NAME_LENGTH} visible characters and no space at its ends.",
            field="name",
        )
    if min_submitted < 1:
        raise InvalidError("A record needs at least one submitted answer.", field="min_submitted")


def _add_settings(session: Session, dataset: Dataset) -> None:
    question = parse_settings(image_preference.question_settings())
    session.add_all(
        [
            Field(
                dataset_id=dataset.id,
                name=image_preference.FIELD,
                title="Images",
                required=True,
                settings=image_preference.field_settings(),
            ),
            Question(
                dataset_id=dataset.id,
                name=image_preference.QUESTION,
                title=image_preference.QUESTION_TITLE,
                required=True,
                settings=question.model_dump(mode="json"),
            ),
            VectorSettings(
                dataset_id=dataset.id,
                name=image_preference.VECTOR,
                title="Prompt",
                dimensions=image_preference.VECTOR_DIMENSIONS,
            ),
            *(
                MetadataProperty(
                    dataset_id=dataset.id,
                    name=name,
                    title=name,
                    settings={"type": "terms", "values": None},
                )
                for name in image_preference.TERMS
            ),
        ]
    )
