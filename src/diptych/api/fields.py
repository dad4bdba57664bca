"""Fields: the parts of a record that annotators see."""

import uuid
from typing import Annotated, Any

from pydantic import BaseModel

from diptych.api.auth import Admin, DbSession
from diptych.api.paths import ManagedDataset, SeenDataset
from diptych.api.wire import Items, Moment, Out, in_order
from diptych.core.edge import Router
from diptych.datasets import settings
from diptych.datasets.fields import parse_field_settings
from diptych.datasets.queries import get_visible_setting, list_settings
from diptych.models import Field

router = Router(tags=["fields"])


class FieldOut(Out):
    """A field of a dataset."""

    id: uuid.UUID
    name: str
    title: str
    description: str | None
    required: bool
    settings: Annotated[dict[str, Any], in_order(parse_field_settings)]
    dataset_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class FieldIn(BaseModel):
    """A new field; null means the default."""

    name: str
    title: str | None = None
    description: str | None = None
    required: bool | None = None
    settings: dict[str, Any]


class FieldChanges(BaseModel):
    """Changes to a field; absent keys stay unchanged."""

    title: str | None = None
    description: str | None = None
    settings: dict[str, Any] | None = None


@router.get("/datasets/{dataset_id}/fields", response_model=Items[FieldOut])
def list_fields(session: DbSession, dataset: SeenDataset) -> dict[str, object]:
    """List the fields of a dataset in order."""
    return {"items": list_settings(session, dataset, Field)}


@router.post("/datasets/{dataset_id}/fields", status_code=201, response_model=FieldOut)
def add_field(session: DbSession, dataset: ManagedDataset, body: FieldIn) -> Field:
    """Add a field to a dataset."""
    setting = Field(**body.model_dump(exclude_none=True))
    settings.add(session, dataset, setting)
    return setting


@router.patch("/fields/{setting_id}", response_model=FieldOut)
def change_field(session: DbSession, caller: Admin, setting_id: uuid.UUID, body: FieldChanges) -> Field:
    """Change a field."""
    setting, dataset = get_visible_setting(session, caller, Field, setting_id)
    settings.change(session, dataset, setting, body.model_dump(exclude_unset=True))
    return setting


@router.delete("/fields/{setting_id}")
def remove_field(session: DbSession, caller: Admin, setting_id: uuid.UUID) -> FieldOut:
    """Delete a field."""
    setting, dataset = get_visible_setting(session, caller, Field, setting_id)
    removed = FieldOut.model_validate(setting)
    settings.remove(session, dataset, setting)
    return removed
