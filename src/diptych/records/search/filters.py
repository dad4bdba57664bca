"""Filters as SQL conditions."""

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import SQLColumnExpression, Text, and_, cast, exists, false, func, or_

from diptych.core.errors import InvalidError
from diptych.core.storable import shown
from diptych.models import Record, Response, ResponseStatus, Suggestion
from diptych.questions import find_type
from diptych.records.identity import record_id
from diptych.records.search.grammar import (
    AndFilter,
    MetadataScope,
    RangeFilter,
    RecordScope,
    ResponseScope,
    SuggestionScope,
    Term,
    TermsFilter,
)
from diptych.records.search.names import Names
from diptych.records.search.values import Condition, as_number, has_term, in_range

# Means that there is no response.
_PENDING = "pending"


def conditions(names: Names, filters: AndFilter | None) -> list[Condition]:
    """Return the conditions for matching records, or raise ``InvalidError`` for unknown names."""
    return [_condition(names, item) for item in filters.and_] if filters else []


def _condition(names: Names, given: TermsFilter | RangeFilter) -> Condition:
    match given.scope:
        case RecordScope():
            return _of_record(names, given.scope, given)
        case ResponseScope(question=None):
            return _of_response_status(names, given)
        case ResponseScope():
            return _of_response(names, given.scope, given)
        case SuggestionScope():
            return _of_suggestion(names, given.scope, given)
        case MetadataScope():
            return _of_metadata(names, given.scope, given)


def _of_record(names: Names, scope: RecordScope, given: TermsFilter | RangeFilter) -> Condition:
    name = names.record_property(scope.property)
    if name in {"inserted_at", "updated_at"}:
        return _in_time(getattr(Record, name), given)
    if isinstance(given, RangeFilter):
        raise _no_range(name)
    terms = [str(value) for value in given.values]
    if name == "status":
        return _is_one_of(Record.status, terms)
    if name == "id":
        return Record.id.in_(_uuids(terms))
    # The record's id is derived from the external id; a record without one is named by its id.
    derived = [record_id(names.dataset.id, term) for term in terms]
    return or_(Record.id.in_(derived), Record.id.in_(_uuids(terms)) & Record.external_id.is_(None))


def _in_time(column: SQLColumnExpression[datetime], given: TermsFilter | RangeFilter) -> Condition:
    if isinstance(given, TermsFilter):
        return or_(*(column == _moment(value) for value in given.values))
    bounds = []
    if given.ge is not None:
        bounds.append(column >= _moment(given.ge))
    if given.le is not None:
        bounds.append(column <= _moment(given.le))
    return and_(*bounds)


def _moment(value: Term | datetime) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidError(
            f"{shown(value)} is not a moment such as 2026-11-21T00:06:00.", field="filters"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _uuids(terms: Iterable[str]) -> list[uuid.UUID]:
    found = []
    for term in terms:
        with suppress(ValueError):
            found.append(uuid.UUID(term))
    return found


def _no_range(name: str) -> InvalidError:
    return InvalidError(f"Filter {name} by values, not by a range.", field="filters")


def _of_response_status(names: Names, given: TermsFilter | RangeFilter) -> Condition:
    if isinstance(given, RangeFilter):
        raise _no_range("status")
    wanted = [status for status in ResponseStatus if status.value in given.values]
    found = _response(names, Response.status.in_(wanted)) if wanted else false()
    return or_(found, ~_response(names)) if _PENDING in given.values else found


def _of_response(names: Names, scope: ResponseScope, given: TermsFilter | RangeFilter) -> Condition:
    question = names.question(scope.question or "")
    value = func.json_extract_path(Response.values, question.name, "value")
    if isinstance(given, RangeFilter):
        return _response(names, in_range(as_number(value), given))
    member = find_type(question.settings).searched_member
    return _response(names, has_term(value, given.values, member=member))


def _response(names: Names, *conditions: Condition) -> Condition:
    mine = () if names.responses_of is None else (Response.user_id == names.responses_of,)
    return exists().where(
        Response.dataset_id == names.dataset.id, Response.record_id == Record.id, *mine, *conditions
    )


def _of_suggestion(names: Names, scope: SuggestionScope, given: TermsFilter | RangeFilter) -> Condition:
    question = names.question(scope.question)
    name = names.suggestion_property(scope.property or "value")
    member = find_type(question.settings).searched_member
    return exists().where(
        Suggestion.dataset_id == names.dataset.id,
        Suggestion.record_id == Record.id,
        Suggestion.question_id == question.id,
        _suggested(name, member, given),
    )


def _suggested(name: str, member: str | None, given: TermsFilter | RangeFilter) -> Condition:
    if name in {"value", "score"}:
        column = Suggestion.value if name == "value" else Suggestion.score
        if isinstance(given, RangeFilter):
            return in_range(as_number(column), given)
        return has_term(column, given.values, member=member if name == "value" else None)
    if isinstance(given, RangeFilter):
        raise _no_range(name)
    return _is_one_of(Suggestion.agent if name == "agent" else Suggestion.type, given.values)


def _is_one_of(column: SQLColumnExpression[Any], values: Sequence[Term]) -> Condition:
    return cast(column, Text).in_([str(value) for value in values])


def _of_metadata(names: Names, scope: MetadataScope, given: TermsFilter | RangeFilter) -> Condition:
    declared = names.property(scope.metadata_property)
    value = Record.metadata_[declared.name]
    if isinstance(given, RangeFilter):
        return in_range(as_number(value), given)
    return func.coalesce(has_term(value, given.values), False)
