"""Answers."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from diptych.api.auth import Caller, DbSession
from diptych.api.record_shapes import ResponseOut
from diptych.core.errors import ConflictError, DiptychError, ForbiddenError
from diptych.core.storable import Text
from diptych.models import Dataset, Response, ResponseStatus, Role, User
from diptych.records.queries import get_record, get_visible_record, lock_visible_records
from diptych.responses.queries import find_response, get_visible_response
from diptych.responses.service import answer, take_back

router = APIRouter(tags=["responses"])
_MOST_ANSWERS = 100
_MOST_REVISIONS = 1_000_000
_LONGEST_REASON = 500
Values = dict[str, dict[str, Any]] | None


class Answer(BaseModel):
    """What somebody answers, by the names of the questions: ``{"preference": {"value": "image_1"}}``."""

    values: Values = None
    status: ResponseStatus


class OwnAnswer(Answer):
    """What the caller answers on a record, and how it came about.

    ``swapped`` says that ``image_2`` stood on the left, ``duration_ms`` for how many milliseconds the caller
    looked, ``revision`` which of their answers on this record it is, the first being 1: an earlier one than
    what is stored changes nothing. ``skip_reason`` says why a record is discarded; nothing else has one.
    """

    record_id: uuid.UUID
    swapped: bool | None = None
    duration_ms: Annotated[int | None, Field(ge=0)] = None
    revision: Annotated[int | None, Field(ge=1, le=_MOST_REVISIONS)] = None
    skip_reason: Annotated[Text | None, Field(max_length=_LONGEST_REASON)] = None


class OwnAnswers(BaseModel):
    """What the caller answers on some records; ``user_id``, if given, has to be the caller."""

    user_id: uuid.UUID | None = None
    items: Annotated[list[OwnAnswer], Field(min_length=1, max_length=_MOST_ANSWERS)]


class Refusal(BaseModel):
    """Why an answer was not taken."""

    detail: str


class Outcome(BaseModel):
    """An answer as it was stored, or why it was not."""

    item: ResponseOut | None = None
    error: Refusal | None = None


class Outcomes(BaseModel):
    """What became of each answer, in the order in which they were sent."""

    items: list[Outcome]


@router.post("/records/{record_id}/responses", status_code=201, response_model=ResponseOut)
def create_response(session: DbSession, caller: Caller, record_id: uuid.UUID, body: Answer) -> Response:
    """Answer a record for the first time."""
    record, dataset = get_visible_record(session, caller, record_id)
    get_record(session, dataset, record.id, lock=True)
    if find_response(session, dataset, record.id, caller) is not None:
        raise ConflictError("You have answered this record already; change that response.")
    return answer(session, dataset, record.id, caller, values=body.values or {}, status=body.status)


@router.put("/responses/{response_id}", response_model=ResponseOut)
def change_response(session: DbSession, caller: Caller, response_id: uuid.UUID, body: Answer) -> Response:
    """Put another answer in the place of one: one's own or, for admins, anybody's."""
    response, dataset, author = _get_response(session, caller, response_id)
    return answer(
        session,
        dataset,
        response.record_id,
        author,
        values=body.values or {},
        status=body.status,
        # What is discarded once more is so for the same reason.
        skip_reason=response.skip_reason if body.status == ResponseStatus.DISCARDED else None,
        actor=caller,
    )


@router.delete("/responses/{response_id}")
def delete_response(session: DbSession, caller: Caller, response_id: uuid.UUID) -> ResponseOut:
    """Take an answer back: one's own or, for admins, anybody's."""
    response, dataset, author = _get_response(session, caller, response_id)
    deleted = ResponseOut.model_validate(response)
    take_back(session, dataset, response, author, actor=caller)
    return deleted


@router.post("/me/responses/bulk")
def answer_many(session: DbSession, caller: Caller, body: OwnAnswers) -> Outcomes:
    """Answer records, or change what one answered; one that is refused does not hold up the others."""
    if body.user_id not in {None, caller.id}:
        raise ConflictError("Somebody else gave these answers: log in as them to send them.")
    outcomes: dict[int, Outcome] = {}
    found = lock_visible_records(session, caller, {item.record_id for item in body.items})
    places = {id_: place for place, id_ in enumerate(found)}
    by_place = sorted(enumerate(body.items), key=lambda entry: places.get(entry[1].record_id, -1))
    for position, item in by_place:
        outcomes[position] = _try(session, caller, item)
    return Outcomes(items=[outcomes[position] for position in range(len(body.items))])


def _try(session: Session, caller: User, item: OwnAnswer) -> Outcome:
    try:
        with session.begin_nested():
            record, dataset = get_visible_record(session, caller, item.record_id)
            response = answer(
                session,
                dataset,
                record.id,
                caller,
                values=item.values or {},
                status=item.status,
                swapped=item.swapped,
                duration_ms=item.duration_ms,
                revision=item.revision,
                skip_reason=item.skip_reason,
            )
            return Outcome(item=ResponseOut.model_validate(response))
    except DiptychError as error:
        return Outcome(error=Refusal(detail=error.message))


def _get_response(session: Session, caller: User, response_id: uuid.UUID) -> tuple[Response, Dataset, User]:
    response, dataset = get_visible_response(session, caller, response_id)
    if caller.role == Role.ANNOTATOR and response.user_id != caller.id:
        raise ForbiddenError("This is somebody else's response.")
    return response, dataset, session.get_one(User, response.user_id)
