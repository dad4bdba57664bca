"""Questions for annotators."""

import uuid
from typing import Annotated, Any

from pydantic import BaseModel

from diptych.api.auth import Admin, DbSession
from diptych.api.paths import ManagedDataset, SeenDataset
from diptych.api.wire import Items, Moment, Out, in_order
from diptych.core.edge import Router
from diptych.datasets import settings
from diptych.datasets.queries import get_visible_setting, list_settings
from diptych.models import Question
from diptych.questions import parse_settings

router = Router(tags=["questions"])


class QuestionOut(Out):
    """A question of a dataset."""

    id: uuid.UUID
    name: str
    title: str
    description: str | None
    required: bool
    settings: Annotated[dict[str, Any], in_order(parse_settings)]
    dataset_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class QuestionIn(BaseModel):
    """A new question; null means the default."""

    name: str
    title: str | None = None
    description: str | None = None
    required: bool | None = None
    settings: dict[str, Any]


class QuestionChanges(BaseModel):
    """Changes to a question; absent keys stay unchanged."""

    title: str | None = None
    description: str | None = None
    settings: dict[str, Any] | None = None


@router.get("/datasets/{dataset_id}/questions", response_model=Items[QuestionOut])
def list_questions(session: DbSession, dataset: SeenDataset) -> dict[str, object]:
    """List the questions of a dataset in order."""
    return {"items": list_settings(session, dataset, Question)}


@router.post("/datasets/{dataset_id}/questions", status_code=201, response_model=QuestionOut)
def add_question(session: DbSession, dataset: ManagedDataset, body: QuestionIn) -> Question:
    """Add a question to a dataset."""
    setting = Question(**body.model_dump(exclude_none=True))
    settings.add(session, dataset, setting)
    return setting


@router.patch("/questions/{setting_id}", response_model=QuestionOut)
def change_question(
    session: DbSession, caller: Admin, setting_id: uuid.UUID, body: QuestionChanges
) -> Question:
    """Change a question."""
    setting, dataset = get_visible_setting(session, caller, Question, setting_id)
    settings.change(session, dataset, setting, body.model_dump(exclude_unset=True))
    return setting


@router.delete("/questions/{setting_id}")
def remove_question(session: DbSession, caller: Admin, setting_id: uuid.UUID) -> QuestionOut:
    """Delete a question."""
    setting, dataset = get_visible_setting(session, caller, Question, setting_id)
    removed = QuestionOut.model_validate(setting)
    settings.remove(session, dataset, setting)
    return removed
