"""The caller's own answers, many at once: what the annotation page sends."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from diptych.api.auth import SECURITY, Credentials, identify_all, require_credentials
from diptych.api.errors import RESPONSES
from diptych.api.record_shapes import ResponseOut
from diptych.api.responses import Answer
from diptych.core.errors import ConflictError, DiptychError, NotFoundError
from diptych.core.group_commit import GroupCommit
from diptych.core.storable import Text
from diptych.datasets.queries import find_visible
from diptych.records.queries import find_datasets_of
from diptych.responses.given import Given
from diptych.responses.service import answer_many as store_answers
from diptych.responses.stored import Stored

# A router of its own, whose address is whole: those in other routers are looked for twice on each level.
router = APIRouter(prefix="/api/v1", tags=["responses"], responses=RESPONSES)
_MOST_ANSWERS = 100
_MOST_REVISIONS = 1_000_000
_LONGEST_REASON = 500


class OwnAnswer(Answer):
    """What the caller answers on a record, and how it came about.

    ``swapped`` says that ``image_2`` stood on the left, ``duration_ms`` for how many milliseconds the caller
    looked, ``revision`` which of their answers on this record it is, the first being 1: an earlier one than
    what is stored changes nothing. ``skip_reason`` says why a record is discarded; nothing else has one.
    ``dataset_id`` saves looking for the record in all the datasets that the caller may see.
    """

    record_id: uuid.UUID
    dataset_id: uuid.UUID | None = None
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


@dataclass(frozen=True)
class Sent:
    """The answers of one request, and what it says of who sent it."""

    credentials: Credentials
    answers: OwnAnswers


Writer = GroupCommit[Sent, Outcomes]


# Nothing is asked for more often: more dependencies, and a check of what goes out, cost as much as all else.
@router.post("/me/responses/bulk", responses={200: {"model": Outcomes}}, openapi_extra=SECURITY)
async def answer_many(
    request: Request, credentials: Annotated[Credentials, Depends(require_credentials)], body: OwnAnswers
) -> Response:
    """Answer records, or change what one answered; one that is refused does not hold up the others."""
    writer: Writer = request.app.state.answers
    outcomes = await writer.submit(Sent(credentials, body))
    return Response(outcomes.model_dump_json(), media_type="application/json")


def take_answers(session: Session, sent: Sequence[Sent]) -> list[Outcomes | Exception]:
    """Store the answers of many requests; return what became of each, or why a request is refused."""
    identified = identify_all(session, [one.credentials for one in sent])
    callers = [_check_caller(*both) for both in zip(identified, sent, strict=True)]
    items = [
        (caller, item)
        for caller, one in zip(callers, sent, strict=True)
        if isinstance(caller, uuid.UUID)
        for item in one.answers.items
    ]
    outcomes = _store(session, items)
    return [
        Outcomes(items=[next(outcomes) for _ in one.answers.items])
        if isinstance(caller, uuid.UUID)
        else caller
        for caller, one in zip(callers, sent, strict=True)
    ]


def _check_caller(caller: uuid.UUID | DiptychError, sent: Sent) -> uuid.UUID | DiptychError:
    if isinstance(caller, uuid.UUID) and sent.answers.user_id not in {None, caller}:
        return ConflictError("Somebody else gave these answers: log in as them to send them.")
    return caller


def _store(session: Session, items: Sequence[tuple[uuid.UUID, OwnAnswer]]) -> Iterator[Outcome]:
    datasets = _find_datasets(session, items)
    given = [
        _to_given(caller, item, dataset_id)
        for (caller, item), dataset_id in zip(items, datasets, strict=True)
        if dataset_id
    ]
    stored = iter(store_answers(session, given))
    for (_, item), dataset_id in zip(items, datasets, strict=True):
        yield _to_outcome(next(stored) if dataset_id else _unknown(item))


def _find_datasets(session: Session, items: Sequence[tuple[uuid.UUID, OwnAnswer]]) -> list[uuid.UUID | None]:
    """Return the dataset of each record, as far as the caller may see it."""
    found = find_datasets_of(session, {item.record_id for _, item in items if item.dataset_id is None})
    visits = [(caller, item.dataset_id or found.get(item.record_id)) for caller, item in items]
    visible = find_visible(session, {(caller, id_) for caller, id_ in visits if id_})
    return [id_ if id_ and (caller, id_) in visible else None for caller, id_ in visits]


def _to_given(caller: uuid.UUID, item: OwnAnswer, dataset_id: uuid.UUID) -> Given:
    return Given(
        dataset_id=dataset_id,
        record_id=item.record_id,
        user_id=caller,
        values=item.values or {},
        status=item.status,
        swapped=item.swapped,
        duration_ms=item.duration_ms,
        revision=item.revision,
        skip_reason=item.skip_reason,
    )


def _unknown(item: OwnAnswer) -> NotFoundError:
    return NotFoundError(f"There is no record with the id {item.record_id}.", record=str(item.record_id))


def _to_outcome(stored: Stored | DiptychError) -> Outcome:
    if isinstance(stored, DiptychError):
        return Outcome(error=Refusal(detail=stored.message))
    return Outcome(item=ResponseOut.model_validate(stored))
