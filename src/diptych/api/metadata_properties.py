"""Metadata properties: declared facts about records besides their fields."""

import uuid
from typing import Annotated, Any

from pydantic import BaseModel

from diptych.api.auth import Admin, Caller, DbSession
from diptych.api.paths import ManagedDataset, SeenDataset
from diptych.api.wire import Items, Moment, Out, in_order
from diptych.core.edge import Router
from diptych.datasets import settings
from diptych.datasets.metadata import parse_property_settings
from diptych.datasets.queries import get_visible_setting, list_settings
from diptych.datasets.read_access import read_access
from diptych.models import MetadataProperty

router = Router(tags=["metadata_properties"])


class MetadataPropertyOut(Out):
    """A metadata property of a dataset."""

    id: uuid.UUID
    name: str
    title: str
    settings: Annotated[dict[str, Any], in_order(parse_property_settings)]
    visible_for_annotators: bool
    dataset_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class MetadataPropertyIn(BaseModel):
    """A new metadata property; null means the default."""

    name: str
    title: str | None = None
    settings: dict[str, Any]
    visible_for_annotators: bool | None = None


class MetadataPropertyChanges(BaseModel):
    """Changes to a metadata property; absent keys stay unchanged."""

    title: str | None = None
    visible_for_annotators: bool | None = None


@router.get("/me/datasets/{dataset_id}/metadata-properties", response_model=Items[MetadataPropertyOut])
def list_metadata_properties(session: DbSession, caller: Caller, dataset: SeenDataset) -> dict[str, object]:
    """List the metadata properties of a dataset that the caller may see, in order."""
    declared = list_settings(session, dataset, MetadataProperty)
    return {"items": read_access(caller).properties(declared)}


@router.post(
    "/datasets/{dataset_id}/metadata-properties", status_code=201, response_model=MetadataPropertyOut
)
def add_metadata_property(
    session: DbSession, dataset: ManagedDataset, body: MetadataPropertyIn
) -> MetadataProperty:
    """Add a metadata property to a dataset."""
    setting = MetadataProperty(**body.model_dump(exclude_none=True))
    settings.add(session, dataset, setting)
    return setting


@router.patch("/metadata-properties/{setting_id}", response_model=MetadataPropertyOut)
def change_metadata_property(
    session: DbSession, caller: Admin, setting_id: uuid.UUID, body: MetadataPropertyChanges
) -> MetadataProperty:
    """Change a metadata property."""
    setting, dataset = get_visible_setting(session, caller, MetadataProperty, setting_id)
    settings.change(session, dataset, setting, body.model_dump(exclude_unset=True))
    return setting


@router.delete("/metadata-properties/{setting_id}")
def remove_metadata_property(session: DbSession, caller: Admin, setting_id: uuid.UUID) -> MetadataPropertyOut:
    """Delete a metadata property."""
    setting, dataset = get_visible_setting(session, caller, MetadataProperty, setting_id)
    removed = MetadataPropertyOut.model_validate(setting)
    settings.remove(session, dataset, setting)
    return removed
