"""Adding and changing records in batches, which are written as files are: all of a batch or nothing."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Uuid, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from diptych.core.db import compact_json, new_id
from diptych.core.errors import InvalidError
from diptych.core.storable import is_storable_text, shown
from diptych.datasets.queries import list_authors
from diptych.datasets.service import lock_records
from diptych.imports import staging, writing
from diptych.imports.given import GivenRecord, GivenResponse, GivenSuggestion
from diptych.imports.images import stored_pictures
from diptych.imports.schema import Schema, load_schema
from diptych.imports.vectors import pack, upsert_vectors
from diptych.models import Dataset, Question, Record, User
from diptych.questions import parse_suggestion
from diptych.records import blocks
from diptych.records.identity import record_id
from diptych.responses.bulk import staged_response


@dataclass(frozen=True)
class Upserted:
    """The ids of the records of a batch in its order, and those of them that were there before."""

    ids: Sequence[uuid.UUID]
    known: frozenset[uuid.UUID]


def upsert_records(
    session: Session, dataset: Dataset, given: Sequence[GivenRecord], *, actor: User
) -> Upserted:
    """Add the records that are new and change the others.

    A record is known by its id, then by its external id; an unknown id is as good as none. Fields and
    metadata replace what is there; responses, suggestions and vectors do so for their person, question and
    name only. Raises ``InvalidError``, which names the first record that does not fit by its position.
    """
    schema = load_schema(session, dataset)
    _refuse_strangers(session, dataset, given)
    staging.create(session)
    lock_records(session, dataset)
    ids, known = _find_ids(session, dataset, given)
    _refuse_twins(ids)
    stored = _find_fields(session, dataset, given, ids)
    vectors: list[bytes] = []
    rows: list[staging.StagedRow] = []
    for position, (record, id_) in enumerate(zip(given, ids, strict=True)):
        try:
            rows.append(_to_row(schema, record, position, id_, stored.get(id_), is_known=id_ in known))
            vectors += _vectors(schema, record, id_)
        except InvalidError as error:
            raise _at(position, error) from None
    staging.copy(session, rows)
    _write(session, dataset, actor, last=len(rows) - 1)
    if vectors:
        upsert_vectors(session, dataset, vectors)
    return Upserted(ids, known)


def _find_ids(
    session: Session, dataset: Dataset, given: Sequence[GivenRecord]
) -> tuple[list[uuid.UUID], frozenset[uuid.UUID]]:
    candidates = [_candidates(dataset, record) for record in given]
    # An array is one value, however many ids there are: the statement stays the same, and prepared.
    wanted = literal(list({id_ for some in candidates for id_ in some}), ARRAY(Uuid))
    known = frozenset(
        session.scalars(
            select(Record.id).where(Record.dataset_id == dataset.id, Record.id == func.any(wanted))
        )
    )
    ids = [
        next((id_ for id_ in some if id_ in known), some[-1] if record.external_id else new_id())
        for record, some in zip(given, candidates, strict=True)
    ]
    return ids, known


def _candidates(dataset: Dataset, record: GivenRecord) -> list[uuid.UUID]:
    """Return the ids under which a record may be known, the one that it has if it is new the last."""
    found = [record.id] if record.id else []
    if record.external_id:
        # Who has no id of their own is called by ours.
        with suppress(ValueError):
            found.append(uuid.UUID(record.external_id))
        found.append(record_id(dataset.id, record.external_id))
    return found


def _refuse_strangers(session: Session, dataset: Dataset, given: Sequence[GivenRecord]) -> None:
    named = {response.user_id for record in given for response in record.responses or ()}
    if not named:
        return
    authors = list_authors(session, dataset, named)
    for position, record in enumerate(given):
        for response in record.responses or ():
            if response.user_id not in authors:
                reason = (
                    f"the dataset's workspace has no user with the id {response.user_id}; "
                    "add this user to it first"
                )
                raise _at(position, InvalidError(reason, field="responses"))


def _find_fields(
    session: Session, dataset: Dataset, given: Sequence[GivenRecord], ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Mapping[str, Any]]:
    """Return the stored fields of the records that come with responses and no fields, by their ids."""
    wanted = [
        id_ for record, id_ in zip(given, ids, strict=True) if record.responses and record.fields is None
    ]
    if not wanted:
        return {}
    statement = select(Record.id, Record.fields).where(Record.dataset_id == dataset.id, Record.id.in_(wanted))
    return dict(session.execute(statement).all())


def _refuse_twins(ids: Sequence[uuid.UUID]) -> None:
    first: dict[uuid.UUID, int] = {}
    for position, id_ in enumerate(ids):
        if id_ in first:
            raise _at(position, InvalidError(f"it is the same as the record at position {first[id_]}"))
        first[id_] = position


def _at(position: int, error: InvalidError) -> InvalidError:
    reason = error.message[0].lower() + error.message[1:].rstrip(".")
    return InvalidError(
        f"Record at position {position} is not valid because {reason}.", **error.params, position=position
    )


def _to_row(
    schema: Schema,
    record: GivenRecord,
    position: int,
    id_: uuid.UUID,
    stored: Mapping[str, Any] | None,
    *,
    is_known: bool,
) -> staging.StagedRow:
    if record.external_id is not None:
        _check_external_id(record.external_id)
    fields = record.fields
    if fields is not None or not is_known:
        fields = schema.field_rules.check(fields or {})
    schema.metadata_rules.check(record.metadata or {})
    rows = (
        stored_pictures(schema, fields or {}),
        _responses(schema, record.responses or (), stored if fields is None else fields),
        [_suggestion(schema, item, fields) for item in record.suggestions or ()],
        (),
    )
    _refuse_two_of_a_question(rows[2])
    return (
        position,
        position,
        id_,
        record.external_id,
        True,
        None if fields is None else compact_json(fields),
        compact_json(record.metadata or {}),
        *(compact_json(items) if items else None for items in rows),
    )


def _check_external_id(external_id: str) -> None:
    if not external_id.strip():
        raise InvalidError("the external id is empty", field="external_id")
    if not is_storable_text(external_id):
        raise InvalidError("the external id contains characters that cannot be stored", field="external_id")


def _responses(
    schema: Schema, responses: Sequence[GivenResponse], fields: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    if len({response.user_id for response in responses}) < len(responses):
        raise InvalidError("one person has two responses", field="responses")
    return [
        staged_response(response.user_id, response.status, _values(schema, response, fields))
        for response in responses
    ]


def _values(schema: Schema, response: GivenResponse, fields: Mapping[str, Any] | None) -> dict[str, Any]:
    # The SDK sends null where there is no answer.
    given = {name: vars(one) for name, one in (response.values or {}).items() if one.value is not None}
    try:
        return schema.response_rules.check_values(given, response.status, fields)
    except InvalidError as error:
        raise InvalidError(error.message, **{"field": "responses", **error.params}) from None


def _suggestion(schema: Schema, given: GivenSuggestion, fields: Mapping[str, Any] | None) -> dict[str, Any]:
    question = _question(schema, given)
    parsed = parse_suggestion(
        schema.response_rules.get_settings(question.name),
        given.value,
        score=given.score,
        agent=given.agent,
        kind=given.type,
        fields=fields,
    )
    return {"id": str(new_id()), "question_id": str(question.id), **parsed}


def _question(schema: Schema, given: GivenSuggestion) -> Question:
    for question in schema.questions.values():
        if question.id == given.question_id or (
            not given.question_id and question.name == given.question_name
        ):
            return question
    name = given.question_name or given.question_id
    raise InvalidError(f"the dataset has no question {str(name)!r}", field="suggestions")


def _refuse_two_of_a_question(suggestions: Sequence[Mapping[str, Any]]) -> None:
    if len({suggestion["question_id"] for suggestion in suggestions}) < len(suggestions):
        raise InvalidError("a question has two suggestions", field="suggestions")


def _vectors(schema: Schema, record: GivenRecord, id_: uuid.UUID) -> Iterator[bytes]:
    for name, value in (record.vectors or {}).items():
        declared = schema.vectors.get(name)
        if declared is None:
            known = ", ".join(schema.vectors) or "none"
            raise InvalidError(f"the dataset has no vector {shown(name)}; it has {known}", field="vectors")
        yield pack(id_, declared, value)


def _write(session: Session, dataset: Dataset, actor: User, *, last: int) -> None:
    extras = staging.find_extras(session)
    if extras.pictures:
        staging.find_unknown_pictures(session, dataset, from_anywhere=False)
        for problem in staging.list_bad_rows(session, by_number=False):
            raise _at(problem.line, InvalidError(f"{problem.reason}", field=problem.column))
    since = blocks.next_moment(session, dataset)
    staging.find_known(session, dataset, [(0, last)], since=since)
    responses = writing.stage_responses(session, dataset, replaces=True)[0] if extras.responses else 0
    counts = staging.count(session)
    if counts.new:
        writing.insert_records(session, dataset, (0, last), since=since)
    writing.write_rest(session, dataset, counts, extras, since=since, responses=responses, actor_id=actor.id)
