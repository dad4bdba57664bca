"""Suggestions of models and people for the questions of a record."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from diptych.models import Dataset, Record, Suggestion


@dataclass(frozen=True)
class Suggested:
    """A suggested answer to a question, and its score, if any."""

    value: Any
    score: Any


def suggestions_of(dataset: Dataset) -> ScalarSelect[dict[str, Any] | None]:
    """Return the column of a record's suggestions for a query on records; see ``read_suggestions``.

    It is one value, so that a record with many suggestions, and perhaps large fields, stays one row.
    """
    suggested = func.json_build_object("value", Suggestion.value, "score", Suggestion.score)
    return (
        select(func.json_object_agg(Suggestion.question_id, suggested))
        .where(Suggestion.dataset_id == dataset.id, Suggestion.record_id == Record.id)
        .correlate(Record)
        .scalar_subquery()
    )


def read_suggestions(column: Mapping[str, Any] | None) -> Mapping[uuid.UUID, Suggested]:
    """Return the suggestions for a record by question id."""
    return {uuid.UUID(question): Suggested(**suggested) for question, suggested in (column or {}).items()}
