"""What records look like as they are sent, and what comes back."""

import uuid
from typing import Annotated, Any

from pydantic import BaseModel, Field

from diptych.api.responses.shapes import ResponseOut
from diptych.api.wire import Moment
from diptych.imports.given import GivenRecord, GivenSuggestion
from diptych.models import RecordStatus, SuggestionType

_MAX_RECORDS = 500


class RecordBatch(BaseModel):
    """Records to add or to change."""

    items: Annotated[list[GivenRecord], Field(min_length=1, max_length=_MAX_RECORDS)]


class RecordChanges(BaseModel):
    """What is to be changed: what is null or missing stays as it is, a list of suggestions replaces all."""

    fields: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    vectors: dict[str, Any] | None = None
    suggestions: list[GivenSuggestion] | None = None


class SuggestionOut(BaseModel):
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


class Hit(BaseModel):
    """A matching record, and how well it matches."""

    record: RecordOut
    query_score: float | None


class HitPage(BaseModel):
    """A page of matching records, and the total number of matches."""

    items: list[Hit]
    total: int
