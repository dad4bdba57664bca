"""The content ``responses``: one row for each response, with a column for each question."""

from collections.abc import Iterator

from sqlalchemy import FromClause, SQLColumnExpression, Text, cast, func, select, true
from sqlalchemy.orm import Session

from diptych.core.json_text import plain
from diptych.core.kinds import ListOf, Scalar
from diptych.exports.layouts import Layout
from diptych.exports.parts import answer_text, answer_to
from diptych.exports.selection import ORDER, Selection
from diptych.exports.table import (
    Column,
    Rows,
    Table,
    bare_column,
    rename_taken,
    text_column,
    word_column,
)
from diptych.models import Record, Response, User
from diptych.questions import find_type

# Six digits in every time: readers take the format of the first one for that of all.
_TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def responses_table(_session: Session, selection: Selection, _layout: Layout) -> Table:
    """Return the columns of responses: those of the response, then one for each question, answered or not.

    A question's column has its name; if the response has a column of this name, ``question.`` is added in
    front. Rows are in the order of the records, the responses to a record oldest first.
    """
    response = _response()
    own = list(_own(response))
    taken = {column.name for column in own}
    columns = [*own, *rename_taken(_questions(selection, response), "question", taken)]
    source = Record.__table__.join(response, true())
    order = (*ORDER, response.c.inserted_at, response.c.id)
    return Table(columns, Rows(source, selection.condition, order))


def _response() -> FromClause:
    return (
        select(Response.__table__)
        .where(Response.dataset_id == Record.dataset_id, Response.record_id == Record.id)
        .correlate(Record)
        # Keeps the planner from joining all responses before it sorts them: it looks up those of each record.
        .offset(0)
        .lateral("response")
    )


def _own(response: FromClause) -> Iterator[Column]:
    of = response.c
    username = select(User.username).where(User.id == of.user_id).scalar_subquery()
    yield text_column("external_id", cast(Record.external_id, Text))
    yield word_column("record_id", Record.id)
    yield text_column("username", username)
    yield word_column("user_id", of.user_id)
    yield word_column("status", of.status)
    yield word_column("inserted_at", _time(of.inserted_at), Scalar.TIME)
    yield word_column("updated_at", _time(of.updated_at), Scalar.TIME)
    yield bare_column("duration_ms", of.duration_ms, Scalar.INTEGER)
    yield _shown_order(of.shown_order)
    yield bare_column("is_late", of.is_late, Scalar.BOOLEAN)
    yield bare_column("is_counted", of.is_counted, Scalar.BOOLEAN)
    yield text_column("skip_reason", of.skip_reason)
    yield bare_column("revision", of.revision, Scalar.INTEGER)


def _questions(selection: Selection, response: FromClause) -> Iterator[Column]:
    for question in selection.settings.questions:
        kind = find_type(question.settings).exported_as
        json = answer_text(question, response.c["values"])
        yield Column(question.name, json, plain(answer_to(question, response.c["values"])), kind)


def _time(moment: SQLColumnExpression[object]) -> SQLColumnExpression[str]:
    return func.to_char(func.timezone("UTC", moment), _TIME)


def _shown_order(order: SQLColumnExpression[object]) -> Column:
    """Return the column of the images in slots: a list, and ``2,1`` in plain text."""
    json = cast(func.array_to_json(order), Text)
    return Column("shown_order", json, func.array_to_string(order, ","), ListOf(Scalar.SHORT))
