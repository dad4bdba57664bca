"""Datasets."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from diptych.api.auth import Admin, Caller, DbSession, LateCaller
from diptych.api.paths import ManagedDataset
from diptych.api.wire import Items, Moment
from diptych.core.edge import Router
from diptych.datasets import queries, service
from diptych.models import Dataset, DatasetStatus, VectorSettings
from diptych.records.search.indexes import drop_soon, text_index, vector_index
from diptych.users.queries import get_visible_workspace

router = Router(tags=["datasets"])
# The largest value of the database column.
_MAX_SUBMITTED = 2**31 - 1


class Distribution(BaseModel):
    """The number of submitted answers that complete a record."""

    strategy: Literal["overlap"] = "overlap"
    min_submitted: int = Field(ge=1, le=_MAX_SUBMITTED)


class DatasetOut(BaseModel):
    """A dataset; ``last_activity_at`` is the time of its last change or answer."""

    id: uuid.UUID
    name: str
    guidelines: str | None
    allow_extra_metadata: bool
    status: DatasetStatus
    distribution: Distribution
    metadata: dict[str, Any] | None = None
    workspace_id: uuid.UUID
    last_activity_at: Moment
    inserted_at: Moment
    updated_at: Moment


class DatasetIn(BaseModel):
    """A new dataset; null means the default."""

    name: str
    workspace_id: uuid.UUID
    guidelines: str | None = None
    allow_extra_metadata: bool | None = None
    distribution: Distribution | None = None


class DatasetChanges(BaseModel):
    """Changes to a dataset; absent keys stay unchanged."""

    name: str = ""
    guidelines: str | None = None
    allow_extra_metadata: bool = True
    distribution: Distribution = Distribution(min_submitted=1)


@router.get("/me/datasets")
def list_datasets(
    session: DbSession,
    caller: Caller,
    workspace_id: uuid.UUID | None = None,
    name: str | None = None,
    status: Annotated[DatasetStatus | None, Query()] = None,
) -> Items[DatasetOut]:
    """List the datasets that the caller may see, oldest first."""
    found = [
        dataset
        for dataset, _ in queries.list_datasets(session, caller)
        if workspace_id in (None, dataset.workspace_id)
        and name in (None, dataset.name)
        and status in (None, dataset.status)
    ]
    answered = queries.last_activities(session, [dataset.id for dataset in found])
    return Items(items=[_out(dataset, answered.get(dataset.id)) for dataset in found])


@router.post("/datasets", status_code=201)
def create_dataset(session: DbSession, caller: Admin, body: DatasetIn) -> DatasetOut:
    """Create a draft."""
    workspace = get_visible_workspace(session, caller, body.workspace_id)
    distribution = body.distribution or Distribution(min_submitted=1)
    dataset = service.create_dataset(
        session,
        workspace,
        name=body.name,
        guidelines=body.guidelines,
        allow_extra_metadata=body.allow_extra_metadata is not False,
        min_submitted=distribution.min_submitted,
    )
    return _out(dataset)


@router.get("/datasets/{dataset_id}")
def get_dataset(deferred: LateCaller, dataset_id: uuid.UUID) -> DatasetOut:
    """Return a dataset."""
    with deferred.reading() as (session, caller):
        return _show(session, queries.get_visible_dataset_by_id(session, caller, dataset_id))


@router.patch("/datasets/{dataset_id}")
def change_dataset(session: DbSession, dataset: ManagedDataset, body: DatasetChanges) -> DatasetOut:
    """Change a dataset; a new distribution immediately completes or reopens its records."""
    changes = {name: getattr(body, name) for name in body.model_fields_set if name != "distribution"}
    if "distribution" in body.model_fields_set:
        changes["min_submitted"] = body.distribution.min_submitted
    service.change_dataset(session, dataset, changes)
    return _show(session, dataset)


@router.put("/datasets/{dataset_id}/publish")
def publish_dataset(session: DbSession, dataset: ManagedDataset) -> DatasetOut:
    """Publish a draft, so that annotators can answer it."""
    service.publish_dataset(session, dataset)
    return _show(session, dataset)


@router.delete("/datasets/{dataset_id}")
def delete_dataset(session: DbSession, dataset: ManagedDataset) -> DatasetOut:
    """Delete a dataset with its records and answers."""
    deleted = _show(session, dataset)
    vectors = queries.list_settings(session, dataset, VectorSettings)
    service.delete_dataset(session, dataset)
    drop_soon(session, [text_index(dataset)[0], *(vector_index(vector)[0] for vector in vectors)])
    return deleted


def _show(session: Session, dataset: Dataset) -> DatasetOut:
    return _out(dataset, queries.last_activities(session, [dataset.id]).get(dataset.id))


def _out(dataset: Dataset, answered_at: datetime | None = None) -> DatasetOut:
    return DatasetOut(
        id=dataset.id,
        name=dataset.name,
        guidelines=dataset.guidelines,
        allow_extra_metadata=dataset.allow_extra_metadata,
        status=dataset.status,
        distribution=Distribution(min_submitted=dataset.min_submitted),
        workspace_id=dataset.workspace_id,
        last_activity_at=max(dataset.updated_at, answered_at or dataset.updated_at),
        inserted_at=dataset.inserted_at,
        updated_at=dataset.updated_at,
    )
