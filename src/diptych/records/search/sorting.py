"""The order of hits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select

from diptych.core.errors import InvalidError
from diptych.core.json_text import plain
from diptych.models import Record, Response, Suggestion
from diptych.records.search.grammar import (
    MetadataScope,
    RecordScope,
    ResponseScope,
    Scope,
    Sort,
    SortOrder,
    SuggestionScope,
)
from diptych.records.search.names import Names
from diptych.records.search.values import as_number

_NUMBERS = {"integer", "float"}


def order_by(names: Names, sorts: Sequence[Sort]) -> list[ColumnElement[object]]:
    """Return the ORDER BY of a search; records without a value come last."""
    return [
        (key.desc() if sort.order == SortOrder.DESC else key.asc()).nulls_last()
        for sort in sorts
        for key in _keys(names, sort.scope)
    ]


def _keys(names: Names, scope: Scope) -> list[SQLColumnExpression[object]]:
    match scope:
        case RecordScope():
            return [getattr(Record, names.record_property(scope.property))]
        case MetadataScope():
            declared = names.property(scope.metadata_property)
            value = Record.metadata_[declared.name]
            return [as_number(value) if declared.settings["type"] in _NUMBERS else plain(value)]
        case SuggestionScope():
            return _of_suggestion(names, scope)
        case ResponseScope(question=str() as question):
            return [_of_responses(names, question)]
    raise InvalidError("Records cannot be sorted by this.", field="sort")


def _of_suggestion(names: Names, scope: SuggestionScope) -> list[SQLColumnExpression[object]]:
    question = names.question(scope.question)
    name = names.suggestion_property(scope.property or "value")
    if name not in {"score", "value"}:
        raise InvalidError(f"Records cannot be sorted by the {name} of suggestions.", field="sort")
    column = Suggestion.score if name == "score" else Suggestion.value

    def of_it(value: ColumnElement[Any]) -> SQLColumnExpression[object]:
        return (
            select(value)
            .where(
                Suggestion.dataset_id == names.dataset.id,
                Suggestion.record_id == Record.id,
                Suggestion.question_id == question.id,
            )
            .scalar_subquery()
        )

    return [of_it(as_number(column)), of_it(plain(column))]


def _of_responses(names: Names, question: str) -> SQLColumnExpression[object]:
    name = names.question(question).name
    mine = [] if names.responses_of is None else [Response.user_id == names.responses_of]
    return (
        select(func.avg(as_number(func.json_extract_path(Response.values, name, "value"))))
        .where(Response.dataset_id == names.dataset.id, Response.record_id == Record.id, *mine)
        .scalar_subquery()
    )
