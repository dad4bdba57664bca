"""The fields of records, and what a template in one of them may know."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from diptych.core.errors import NotFoundError
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.read_access import read_access
from diptych.models import Dataset, Field, Record, User


def get_field(session: Session, dataset: Dataset, name: str) -> Field:
    """Return a field of a dataset, or raise ``NotFoundError``."""
    field = session.scalar(select(Field).where(Field.dataset_id == dataset.id, Field.name == name))
    if field is None:
        raise NotFoundError(f"This dataset has no field named {name!r}.", field=name)
    return field


def describe(session: Session, dataset: Dataset, record: Record, user: User) -> dict[str, Any]:
    """Return what a template in the record may know about it when this user looks at it.

    It contains no answers or suggestions, and only the metadata that the user may see.
    """
    metadata = dict(record.metadata_)
    access = read_access(user)
    if not access.all_metadata:
        known = access.properties(get_cached_settings(session, dataset).metadata_properties)
        names = {item.name for item in known}
        metadata = {name: value for name, value in metadata.items() if name in names}
    return {
        "id": str(record.id),
        "status": record.status.value,
        "fields": record.fields,
        "metadata": metadata,
    }
