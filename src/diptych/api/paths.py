"""What the ids in a path name: 404 for whatever is not there or not the caller's to see."""

import uuid
from typing import Annotated

from fastapi import Depends

from diptych.api.auth import Admin, Caller, DbSession
from diptych.datasets.queries import get_visible_dataset_by_id
from diptych.models import Dataset


def get_seen_dataset(session: DbSession, caller: Caller, dataset_id: uuid.UUID) -> Dataset:
    """Return the dataset of the path for a user of its workspace."""
    return get_visible_dataset_by_id(session, caller, dataset_id)


def get_managed_dataset(session: DbSession, caller: Admin, dataset_id: uuid.UUID) -> Dataset:
    """Return the dataset of the path for those who may change it."""
    return get_visible_dataset_by_id(session, caller, dataset_id)


SeenDataset = Annotated[Dataset, Depends(get_seen_dataset, scope="function")]
ManagedDataset = Annotated[Dataset, Depends(get_managed_dataset, scope="function")]
