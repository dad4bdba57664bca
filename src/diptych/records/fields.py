"""The fields of records, and what a template in one of them may know."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.models import Dataset, Field, MetadataProperty, Record, Role, User


def get_field(session: Session, dataset: Dataset, name: str) -> Field:
    """Return a field of a dataset, or raise ``NotFoundError``."""
    field = session.scalar(select(Field).where(Field.dataset_id == dataset.id, Field.name == name))
    if field is None:
        raise NotFoundError(f"This dataset has no field named {name!r}.", field=name)
    return field


def describe(session: Session, record: Record, user: User) -> dict[str, Any]:
    """Return the record as a template in it sees it on this person's screen.

    There is nothing of anybody's answers or suggestions, and annotators get the metadata that is declared to
    be visible for them, as everywhere: the names of models stay hidden from who judges their pictures.
    """
    return {
        "id": str(record.id),
        "status": record.status.value,
        "fields": record.fields,
        "metadata": _visible_metadata(session, record, user),
    }


def _visible_metadata(session: Session, record: Record, user: User) -> dict[str, Any]:
    if user.role != Role.ANNOTATOR:
        return dict(record.metadata_)
    statement = select(MetadataProperty.name).where(
        MetadataProperty.dataset_id == record.dataset_id, MetadataProperty.visible_for_annotators
    )
    visible = set(session.scalars(statement))
    return {name: value for name, value in record.metadata_.items() if name in visible}
