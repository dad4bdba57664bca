"""The parts of each record: its id, answers, suggestions and vectors."""

from typing import Any

from sqlalchemy import (
    JSON,
    FromClause,
    SQLColumnExpression,
    Text,
    case,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from diptych.core.json_text import SQLText, object_of, quoted
from diptych.models import Question, Record, Response, Suggestion, Vector, VectorSettings
from diptych.questions import find_type


def external_id() -> SQLText:
    """Return the external id of a record, or its server id without one."""
    return func.coalesce(Record.external_id, cast(Record.id, Text))


def vector_text(vector: VectorSettings) -> SQLText:
    """Return a vector of a record as text, which is a JSON array."""
    value = select(cast(Vector.value, Text)).where(
        Vector.dataset_id == Record.dataset_id,
        Vector.record_id == Record.id,
        Vector.vectors_settings_id == vector.id,
    )
    return value.correlate(Record).scalar_subquery()


def answer_to(question: Question, values: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """Return the value for a question in the ``values`` of a response, as an export has it: JSON or NULL."""
    return _exported(question, func.json_extract_path(values, question.name, "value", type_=JSON()))


def answer_text(question: Question, values: SQLColumnExpression[Any]) -> SQLText:
    """Return ``answer_to`` as JSON text; ``null`` is NULL."""
    return func.nullif(cast(answer_to(question, values), Text), "null")


def flat_answers(question: Question) -> FromClause:
    """Return the answers of a record to a question: ``values_``, ``users`` and ``statuses``.

    Each is a JSON array with an entry for every response that has a value, oldest first, or NULL.
    """
    given = _given(question)
    return (
        select(
            _array(given, given.c.value, ",").label("values_"),
            _array(given, cast(given.c.user_id, Text), '","', quote='"').label("users"),
            _array(given, cast(given.c.status, Text), '","', quote='"').label("statuses"),
        )
        .where(given.c.value.is_not(None))
        .lateral()
    )


def nested_answers(question: Question) -> FromClause:
    """Return the ``answers`` of a record to a question: a JSON array, oldest first, or NULL.

    Its entries are ``{"value": …, "user_id": …}``, one for every response that has a value.
    """
    given = _given(question)
    entry = object_of([("value", given.c.value), ("user_id", quoted(given.c.user_id))])
    answers = _array(given, entry, ",").label("answers")
    return select(answers).where(given.c.value.is_not(None)).lateral()


def suggestion_of(question: Question) -> FromClause:
    """Return the suggestion of a record for a question: its ``value``, ``score`` and ``agent``."""
    return (
        select(
            _exported(question, Suggestion.value).label("value"),
            Suggestion.score,
            Suggestion.agent,
        )
        .where(
            Suggestion.dataset_id == Record.dataset_id,
            Suggestion.record_id == Record.id,
            Suggestion.question_id == question.id,
        )
        .correlate(Record)
        # There is at most one; the limit makes the planner look it up by key for each record.
        .limit(1)
        .lateral()
    )


def _exported(question: Question, value: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """Return a stored value in the form of the export, which may keep one member of each item only."""
    member = find_type(question.settings).exported_member
    if member is None:
        return value
    items = (
        func.json_array_elements(value)
        .table_valued(column("item", JSON), with_ordinality="place", joins_implicitly=True)
        .render_derived()
    )
    members = func.json_agg(aggregate_order_by(items.c.item[member], items.c.place))
    listed = select(func.coalesce(members, cast(literal("[]"), JSON))).scalar_subquery()
    # A draft may have no value, which is not an array.
    return case((func.json_typeof(value) == "array", listed), else_=value)


def _given(question: Question) -> FromClause:
    return (
        select(
            Response.user_id,
            Response.status,
            Response.inserted_at,
            Response.id,
            answer_text(question, Response.values).label("value"),
        )
        .where(Response.dataset_id == Record.dataset_id, Response.record_id == Record.id)
        .correlate(Record)
        # Keeps the planner from extracting the value from the JSON for every use.
        .offset(0)
        .lateral()
    )


def _array(given: FromClause, entry: SQLText, separator: str, quote: str = "") -> SQLText:
    in_order = aggregate_order_by(literal(separator), given.c.inserted_at, given.c.id)
    return literal(f"[{quote}").concat(func.string_agg(entry, in_order)).concat(f"{quote}]")
