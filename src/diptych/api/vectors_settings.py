"""Vectors: embeddings with a declared number of dimensions."""

import uuid

from pydantic import BaseModel

from diptych.api.auth import Admin, DbSession
from diptych.api.paths import ManagedDataset, SeenDataset
from diptych.api.wire import Items, Moment, Out
from diptych.core.edge import Router
from diptych.datasets import settings
from diptych.datasets.queries import get_visible_setting, list_settings
from diptych.models import VectorSettings

router = Router(tags=["vectors_settings"])


class VectorSettingsOut(Out):
    """A declared vector of a dataset."""

    id: uuid.UUID
    name: str
    title: str
    dimensions: int
    dataset_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class VectorSettingsIn(BaseModel):
    """A new vector; null means the default."""

    name: str
    title: str | None = None
    dimensions: int


class VectorSettingsChanges(BaseModel):
    """Changes to a vector; absent keys stay unchanged."""

    title: str | None = None


@router.get("/datasets/{dataset_id}/vectors-settings", response_model=Items[VectorSettingsOut])
def list_vectors_settings(session: DbSession, dataset: SeenDataset) -> dict[str, object]:
    """List the declared vectors of a dataset in order."""
    return {"items": list_settings(session, dataset, VectorSettings)}


@router.post("/datasets/{dataset_id}/vectors-settings", status_code=201, response_model=VectorSettingsOut)
def add_vector_settings(
    session: DbSession, dataset: ManagedDataset, body: VectorSettingsIn
) -> VectorSettings:
    """Add a vector to a dataset."""
    setting = VectorSettings(**body.model_dump(exclude_none=True))
    settings.add(session, dataset, setting)
    return setting


@router.patch("/vectors-settings/{setting_id}", response_model=VectorSettingsOut)
def change_vector_settings(
    session: DbSession, caller: Admin, setting_id: uuid.UUID, body: VectorSettingsChanges
) -> VectorSettings:
    """Change a vector."""
    setting, dataset = get_visible_setting(session, caller, VectorSettings, setting_id)
    settings.change(session, dataset, setting, body.model_dump(exclude_unset=True))
    return setting


@router.delete("/vectors-settings/{setting_id}")
def remove_vector_settings(session: DbSession, caller: Admin, setting_id: uuid.UUID) -> VectorSettingsOut:
    """Delete a vector."""
    setting, dataset = get_visible_setting(session, caller, VectorSettings, setting_id)
    removed = VectorSettingsOut.model_validate(setting)
    settings.remove(session, dataset, setting)
    return removed
