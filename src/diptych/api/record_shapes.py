"""What records and what belongs to them look like."""

import uuid
from typing import Any

from pydantic import BaseModel

from diptych.api.wire import Moment, Out
from diptych.models import RecordStatus, ResponseStatus, SuggestionType


class ResponseOut(Out):
    """What one person answered on a record."""

    id: uuid.UUID
    values: dict[str, Any]
    status: ResponseStatus
    record_id: uuid.UUID
    user_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class SuggestionOut(Out):
    """A proposal for the answer to a question."""

    id: uuid.UUID
    question_id: uuid.UUID
    type: SuggestionType | None
    value: Any
    agent: str | None
    score: float | list[float | None] | None
    inserted_at: Moment
    updated_at: Moment


class RecordOut(BaseModel):
    """A record; what was not asked to be included is absent."""

    id: uuid.UUID
    status: RecordStatus
    fields: dict[str, Any]
    metadata: dict[str, Any]
    external_id: str
    responses: list[ResponseOut] = []
    suggestions: list[SuggestionOut] = []
    vectors: dict[str, list[float]] = {}
    dataset_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class RecordPage(BaseModel):
    """Some records, and how many there are in all."""

    items: list[RecordOut]
    total: int


class UpsertedRecords(BaseModel):
    """The records of a batch in its order, and the ids of those that were there before."""

    items: list[RecordOut]
    updated_item_ids: list[uuid.UUID]
