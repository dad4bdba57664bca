"""The shapes of records and of the rows that belong to them."""

import uuid
from typing import Any

from pydantic import BaseModel

from diptych.api.wire import Moment, Out
from diptych.models import RecordStatus, ResponseStatus, SuggestionType


class ResponseOut(Out):
    """The answer of one user on a record."""

    id: uuid.UUID
    values: dict[str, Any]
    status: ResponseStatus
    record_id: uuid.UUID
    user_id: uuid.UUID
    inserted_at: Moment
    updated_at: Moment


class SuggestionOut(Out):
    """A suggested answer to a question."""

    id: uuid.UUID
    question_id: uuid.UUID
    type: SuggestionType | None
    value: Any
    agent: str | None
    score: float | list[float | None] | None
    inserted_at: Moment
    updated_at: Moment


class RecordOut(BaseModel):
    """A record; parts that the caller did not include are absent."""

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
    """A page of records, and the total number of records."""

    items: list[RecordOut]
    total: int


class UpsertedRecords(BaseModel):
    """The records of a batch in its order, and the ids of those that existed before."""

    items: list[RecordOut]
    updated_item_ids: list[uuid.UUID]
