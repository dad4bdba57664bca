"""Looks for what an export has, before its rows are read."""

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Session

from diptych.exports.parts import answer_text
from diptych.exports.selection import Selection
from diptych.models import Question, Record, Response, Suggestion


def has_records(session: Session, selection: Selection) -> bool:
    """Return whether any record is exported."""
    return bool(session.scalar(select(exists().where(selection.condition))))


def has_responses(session: Session, selection: Selection) -> bool:
    """Return whether any exported record has a response."""
    return _exists(session, selection, Response, true())


def has_answers(session: Session, selection: Selection, question: Question) -> bool:
    """Return whether any exported record has an answer to a question."""
    return _exists(session, selection, Response, answer_text(question, Response.values).is_not(None))


def has_suggestions(session: Session, selection: Selection, question: Question) -> bool:
    """Return whether any exported record has a suggestion for a question."""
    return _exists(session, selection, Suggestion, Suggestion.question_id == question.id)


def _exists(
    session: Session,
    selection: Selection,
    table: type[Response | Suggestion],
    condition: ColumnElement[bool],
) -> bool:
    found = exists().where(table.dataset_id == selection.dataset_id, condition)
    if selection.status is not None:
        found = found.where(selection.condition, Record.id == table.record_id)
    return bool(session.scalar(select(found)))
