"""Records as a program gives them: what ``records.log`` of Argilla's SDK sends. Unknown keys are ignored."""

import uuid
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from diptych.models import ResponseStatus, SuggestionType


class GivenValue(BaseModel):
    """The answer to one question."""

    value: Any = None


class GivenResponse(BaseModel):
    """A user's response: the values by the names of the questions."""

    user_id: uuid.UUID
    status: ResponseStatus = ResponseStatus.DRAFT
    values: dict[str, GivenValue] | None = None


class GivenSuggestion(BaseModel):
    """A proposal for the answer to a question, which is called by its id or its name."""

    question_id: uuid.UUID | None = None
    question_name: str | None = None
    value: Any = None
    type: SuggestionType | None = None
    score: Any = None
    agent: str | None = None


class GivenRecord(BaseModel):
    """A record: the one of this id, the one that its owner calls like this, or a new one.

    Of a record that is there, what is null stays as it is, and so does metadata without any key.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: uuid.UUID | None = None
    external_id: Annotated[str | None, Field(min_length=1, max_length=1_000)] = None
    fields: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    vectors: dict[str, Any] | None = None
    responses: list[GivenResponse] | None = None
    suggestions: list[GivenSuggestion] | None = None
