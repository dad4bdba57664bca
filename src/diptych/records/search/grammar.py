"""The grammar of searches, as in Argilla; ``names`` resolves the names in them."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from diptych.core.storable import Text

Term = Text | bool | int | float
Bound = int | float | datetime
Number = Annotated[float, Field(allow_inf_nan=False)]


class RecordScope(BaseModel):
    """A property of the record itself."""

    entity: Literal["record"]
    property: str


class ResponseScope(BaseModel):
    """The status of responses, or their value for a question."""

    entity: Literal["response"]
    question: str | None = None
    property: Literal["status", "value"] | None = None

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.question is None) != (self.property == "status"):
            message = "name a question, or the property status"
            raise ValueError(message)
        return self


class SuggestionScope(BaseModel):
    """A property of the suggestion for a question."""

    entity: Literal["suggestion"]
    question: str
    property: str | None = None


class MetadataScope(BaseModel):
    """A declared metadata property."""

    entity: Literal["metadata"]
    metadata_property: str


Scope = Annotated[
    RecordScope | ResponseScope | SuggestionScope | MetadataScope, Field(discriminator="entity")
]


class TermsFilter(BaseModel):
    """Any of these values, compared as text."""

    type: Literal["terms"]
    scope: Scope
    values: Annotated[list[Term], Field(min_length=1, max_length=250)]


class RangeFilter(BaseModel):
    """From ``ge`` to ``le``: numbers, or times in ISO 8601."""

    type: Literal["range"]
    scope: Scope
    ge: Bound | None = None
    le: Bound | None = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.ge is None and self.le is None:
            message = "name ge, le or both"
            raise ValueError(message)
        return self


class AndFilter(BaseModel):
    """All of these filters."""

    model_config = ConfigDict(populate_by_name=True)

    type: Literal["and"] = "and"
    and_: Annotated[
        list[Annotated[TermsFilter | RangeFilter, Field(discriminator="type")]],
        Field(alias="and", max_length=50),
    ]


class SortOrder(StrEnum):
    """The direction of a sort."""

    ASC = "asc"
    DESC = "desc"


class Sort(BaseModel):
    """A key to sort by."""

    scope: Scope
    order: SortOrder = SortOrder.ASC


class TextQuery(BaseModel):
    """Words that must all match, in one field or in all fields together."""

    q: Annotated[str, Field(max_length=1_000)]
    field: str | None = None


class VectorOrder(StrEnum):
    """The order of a list of similar records."""

    MOST_SIMILAR = "most_similar"
    LEAST_SIMILAR = "least_similar"


class VectorQuery(BaseModel):
    """Records with a vector similar to that of a record, or to the given one."""

    name: str
    record_id: uuid.UUID | None = None
    value: list[Any] | None = None
    order: VectorOrder = VectorOrder.MOST_SIMILAR

    @model_validator(mode="after")
    def _has_one_reference(self) -> Self:
        if (self.record_id is None) == (self.value is None):
            message = "give either record_id or value"
            raise ValueError(message)
        return self


class Query(BaseModel):
    """Words, a vector, or both."""

    text: TextQuery | None = None
    vector: VectorQuery | None = None


class Search(BaseModel):
    """A search; an empty one finds every record."""

    query: Query | None = None
    filters: AndFilter | None = None
    sort: Annotated[list[Sort], Field(max_length=10)] | None = None
