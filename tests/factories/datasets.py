"""Datasets: of the template for two images, or of any shape, as the Argilla SDK makes them."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from diptych.datasets.service import create_dataset_from_template
from diptych.models import Dataset, Field, Question
from tests.factories.numbers import numbers


def dataset(
    session: Session,
    name: str | None = None,
    fields: dict[str, dict[str, Any]] | None = None,
    questions: dict[str, dict[str, Any]] | None = None,
    **values: Any,
) -> Dataset:
    """Make a dataset; ``fields`` and ``questions``, settings by name, replace those of the template.

    A question is required unless it says so.
    """
    made = create_dataset_from_template(
        session, "image_preference", name=name or f"dataset-{next(numbers)}", **values
    )
    if fields is not None:
        _replace(session, Field, made, {name: {"required": False} | given for name, given in fields.items()})
    if questions is not None:
        _replace(session, Question, made, questions)
    # Tests use it after the session has ended.
    session.flush()
    session.refresh(made)
    return made


def _replace(
    session: Session, table: type[Field] | type[Question], dataset: Dataset, given: dict[str, dict[str, Any]]
) -> None:
    session.execute(delete(table).where(table.dataset_id == dataset.id))
    for name, settings in given.items():
        stored = {key: value for key, value in settings.items() if key != "required"}
        required = settings.get("required", True)
        session.add(
            table(dataset_id=dataset.id, name=name, title=name.title(), required=required, settings=stored)
        )
        # One by one, so that they are in this order.
        session.flush()
