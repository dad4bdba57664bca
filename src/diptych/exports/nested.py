"""The nested shape: records like those of Argilla's ``record.to_dict()``."""

from sqlalchemy import FromClause, case
from sqlalchemy.orm import Session

from diptych.core.json_text import SQLText, escaped, object_of, or_null, quoted, stored
from diptych.exports.parts import external_id, nested_answers, suggestion_of, vector_text
from diptych.exports.queries import has_answers, has_suggestions
from diptych.exports.selection import Selection
from diptych.exports.table import Rows
from diptych.models import Record


def nested_records(session: Session, selection: Selection) -> tuple[SQLText, Rows]:
    """Return a record as JSON text, and the records.

    Responses have no status in this shape, and suggestions no type.
    """
    questions = selection.settings.questions
    # Questions without answers or suggestions need no query for each record.
    answers = {
        question.name: nested_answers(question)
        for question in questions
        if has_answers(session, selection, question)
    }
    suggestions = {
        question.name: suggestion_of(question)
        for question in questions
        if has_suggestions(session, selection, question)
    }
    members = [
        ("id", escaped(external_id())),
        ("fields", stored(Record.fields)),
        ("metadata", stored(Record.metadata_)),
        ("suggestions", object_of((name, _suggestion(given)) for name, given in suggestions.items())),
        ("responses", object_of((name, given.c.answers) for name, given in answers.items())),
        ("vectors", _vectors(selection)),
        ("status", quoted(Record.status)),
        ("_server_id", quoted(Record.id)),
    ]
    return object_of(members), selection.records([*answers.values(), *suggestions.values()])


def _suggestion(suggestion: FromClause) -> SQLText:
    members = [
        ("value", stored(suggestion.c.value)),
        ("score", or_null(stored(suggestion.c.score))),
        ("agent", or_null(escaped(suggestion.c.agent))),
    ]
    return case((suggestion.c.value.is_not(None), object_of(members)))


def _vectors(selection: Selection) -> SQLText:
    vectors = selection.settings.vectors if selection.with_vectors else ()
    return object_of((vector.name, vector_text(vector)) for vector in vectors)
