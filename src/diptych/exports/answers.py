"""The answers and suggestions of each record, as JSON text."""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from diptych.exports.json_text import SQLText, object_of, quoted
from diptych.models import Question, Record, Response, Suggestion


def answer_text(question: str) -> SQLText:
    """Return the value that a response has for the question of that name as JSON, NULL if it has none."""
    value = func.json_extract_path(Response.values, question, "value")
    return func.nullif(cast(value, Text), "null")


def flat_answers(questions: Sequence[str]) -> FromClause:
    """Return the answers of a record: ``values_0``, ``users_0``, ``statuses_0`` to the first question, etc.

    Each is a JSON array with an entry for every response that has a value, the oldest first, or NULL.
    """
    given = _given(questions)
    columns: list[ColumnElement[str]] = []
    for index in range(len(questions)):
        value = given.c[f"value_{index}"]
        columns += [
            _listed(value, value, given).label(f"values_{index}"),
            _listed(quoted(given.c.user_id), value, given).label(f"users_{index}"),
            _listed(quoted(given.c.status), value, given).label(f"statuses_{index}"),
        ]
    return select(*columns).lateral("answers")


def nested_answers(questions: Sequence[str]) -> FromClause:
    """Return the answers of a record: ``answers_0`` to the first question, etc.

    Each is a JSON array of ``{"value": …, "user_id": …}``, the oldest response first, or NULL.
    """
    given = _given(questions)
    columns = []
    for index in range(len(questions)):
        value = given.c[f"value_{index}"]
        entry = object_of([("value", value), ("user_id", quoted(given.c.user_id))])
        columns.append(_listed(entry, value, given).label(f"answers_{index}"))
    return select(*columns).lateral("answers")


def suggestion_of(question: Question) -> FromClause:
    """Return the suggestion of a record for a question: its ``value``, ``score`` and ``agent``."""
    return (
        select(
            Suggestion.value,
            Suggestion.score,
            Suggestion.agent,
        )
        .where(
            Suggestion.dataset_id == Record.dataset_id,
            Suggestion.record_id == Record.id,
            Suggestion.question_id == question.id,
        )
        .correlate(Record)
        # There is one at the most; said here, it is looked up by its key, record after record.
        .limit(1)
        .lateral()
    )


def _given(questions: Sequence[str]) -> FromClause:
    values = [answer_text(question).label(f"value_{index}") for index, question in enumerate(questions)]
    return (
        select(Response.user_id, Response.status, Response.inserted_at, Response.id, *values)
        .where(Response.dataset_id == Record.dataset_id, Response.record_id == Record.id)
        .correlate(Record)
        # Keeps the planner from taking each value out of the JSON once for every use of it.
        .offset(0)
        .lateral("given")
    )


def _listed(entry: SQLText, value: SQLText, given: FromClause) -> SQLText:
    in_order = aggregate_order_by(literal(","), given.c.inserted_at, given.c.id)
    entries = func.string_agg(entry, in_order).filter(value.is_not(None))
    return literal("[").concat(entries).concat("]")
