"""The caller's own answers, many at once: what the annotation page sends."""

import uuid
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from diptych.api.auth import SECURITY, Credentials, identify_all, require_credentials
from diptych.api.body import DirectRoute
from diptych.api.errors import RESPONSES
from diptych.api.record_shapes import ResponseOut
from diptych.api.responses import Answer
from diptych.core.errors import ConflictError, DiptychError, NotFoundError
from diptych.core.group_commit import BlockedError, GroupCommit
from diptych.core.pipeline import Steps, ask, together
from diptych.core.storable import Text
from diptych.datasets.read_access import Principal
from diptych.records.queries import datasets_of
from diptych.responses.given import MAX_REVISION, Given
from diptych.responses.service import Asked, StaleResponseError, lock, store
from diptych.responses.stored import Stored

_MAX_ANSWERS = 100
_MAX_REASON_LENGTH = 500


class OwnAnswer(Answer):
    """What the caller answers on a record, and how it came about.

    ``swapped`` says that ``image_2`` stood on the left, ``duration_ms`` for how many milliseconds the caller
    looked, ``revision`` which of their answers on this record it is, the first being 1: if another answer has
    this revision or a later one, this one is refused with 409 and ``item`` is what is stored. ``skip_reason``
    says why a record is discarded; nothing else has one. ``dataset_id`` saves looking for the record in all
    the datasets that the caller may see.
    """

    record_id: uuid.UUID
    dataset_id: uuid.UUID | None = None
    swapped: bool | None = None
    duration_ms: Annotated[int | None, Field(ge=0)] = None
    revision: Annotated[int | None, Field(ge=1, le=MAX_REVISION)] = None
    skip_reason: Annotated[Text | None, Field(max_length=_MAX_REASON_LENGTH)] = None


class OwnAnswers(BaseModel):
    """What the caller answers on some records; ``user_id``, if given, has to be the caller."""

    user_id: uuid.UUID | None = None
    items: Annotated[list[OwnAnswer], Field(min_length=1, max_length=_MAX_ANSWERS)]


class Refusal(BaseModel):
    """Why an answer was not taken: a sentence for people, and what a request of its own would have got."""

    detail: str
    status: int
    code: str


class OwnResponse(ResponseOut):
    """An answer of the caller's, and how it came about."""

    revision: int
    swapped: bool | None


class Outcome(BaseModel):
    """An answer as it was stored, or why it was not; with both, another answer was stored before it."""

    item: OwnResponse | None = None
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


async def answer_many(
    request: Request, credentials: Annotated[Credentials, Depends(require_credentials)], body: OwnAnswers
) -> Response:
    """Answer records, or change what one answered; one that is refused does not hold up the others."""
    writer: Writer = request.app.state.answers
    outcomes = await writer.submit(Sent(credentials, body))
    return Response(outcomes.model_dump_json(), media_type="application/json")


def answers_route(*, max_body_size: int) -> DirectRoute:
    """Return the route to ``answer_many``."""
    return DirectRoute(
        "/api/v1/me/responses/bulk",
        answer_many,
        methods=["POST"],
        max_body_size=max_body_size,
        tags=["responses"],
        responses={**RESPONSES, 200: {"model": Outcomes}},
        openapi_extra=SECURITY,
    )


def part_of(sent: Sent) -> Hashable:
    """Return the datasets that a request is about, as far as it says."""
    return frozenset(item.dataset_id for item in sent.answers.items)


def take_answers(sent: Sequence[Sent], *, waits: bool = True) -> Steps[list[Outcomes | Exception]]:
    """Store the answers of many requests; return what became of each, or why a request is refused.

    Without ``waits``, a request for a record that another transaction has locked ends in ``BlockedError``.
    """
    keys = {(item.dataset_id, item.record_id) for one in sent for item in one.answers.items}
    named = {(dataset_id, record_id) for dataset_id, record_id in keys if dataset_id}
    if len(named) == len(keys):
        dataset_ids = {dataset_id for dataset_id, _ in named}
        callers, asked = yield from together(_identify(sent, dataset_ids), lock(named, waits=waits))
        given = _to_given(callers, sent, {})
    else:
        callers, datasets = yield from _identify_and_find(sent)
        given = _to_given(callers, sent, datasets)
        asked = yield from lock({one.key[:2] for some in given for one in some if one}, waits=waits)
    refused = [_refusal(caller, answers, asked) for caller, answers in zip(callers, given, strict=True)]
    taken = [[] if error else answers for error, answers in zip(refused, given, strict=True)]
    stored = iter((yield from store([one for some in taken for one in some if one], asked)))
    return [
        error
        or Outcomes(
            items=[
                _to_outcome(next(stored) if answer else _unknown(item))
                for answer, item in zip(answers, one.answers.items, strict=True)
            ]
        )
        for error, one, answers in zip(refused, sent, taken, strict=True)
    ]


def _identify(
    sent: Sequence[Sent], dataset_ids: Collection[uuid.UUID]
) -> Steps[list[Principal | DiptychError]]:
    """Return who sent each request, and which of the datasets they may see."""
    callers = yield from identify_all([one.credentials for one in sent], dataset_ids)
    return [_check_caller(*both) for both in zip(callers, sent, strict=True)]


def _identify_and_find(
    sent: Sequence[Sent],
) -> Steps[tuple[list[Principal | DiptychError], Mapping[uuid.UUID, uuid.UUID]]]:
    """Return who sent each request, and the datasets of the records that came without one."""
    named = {item.dataset_id for one in sent for item in one.answers.items if item.dataset_id}
    callers = yield from _identify(sent, named)
    nameless = {
        item.record_id
        for caller, one in zip(callers, sent, strict=True)
        if isinstance(caller, Principal)
        for item in one.answers.items
        if item.dataset_id is None
    }
    if not nameless:
        return callers, {}
    datasets = yield from ask(datasets_of(nameless))
    return (yield from _identify(sent, {*named, *datasets.values()})), datasets


def _check_caller(caller: Principal | DiptychError, sent: Sent) -> Principal | DiptychError:
    if isinstance(caller, Principal) and sent.answers.user_id not in {None, caller.user_id}:
        return ConflictError("These answers belong to another account. Log in with it to send them.")
    return caller


def _refusal(
    caller: Principal | DiptychError, answers: Sequence[Given | None], asked: Asked
) -> Exception | None:
    """Return why nothing of a request is done, if so: it is refused, or has to wait."""
    if not isinstance(caller, Principal):
        return caller
    if asked.blocked and any(one.key[:2] in asked.blocked for one in answers if one):
        return BlockedError()
    return None


def _to_given(
    callers: Sequence[Principal | DiptychError], sent: Sequence[Sent], datasets: Mapping[uuid.UUID, uuid.UUID]
) -> list[list[Given | None]]:
    """Return the answers of each request; there is none for what its caller may not see."""
    return [
        [_to_answer(caller, item, datasets) for item in one.answers.items]
        if isinstance(caller, Principal)
        else []
        for caller, one in zip(callers, sent, strict=True)
    ]


def _to_answer(caller: Principal, item: OwnAnswer, datasets: Mapping[uuid.UUID, uuid.UUID]) -> Given | None:
    dataset_id = item.dataset_id or datasets.get(item.record_id)
    if dataset_id is None or dataset_id not in caller.dataset_ids:
        return None
    return Given(
        dataset_id=dataset_id,
        record_id=item.record_id,
        user_id=caller.user_id,
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
        item = OwnResponse.model_validate(stored.stored) if isinstance(stored, StaleResponseError) else None
        return Outcome(
            item=item, error=Refusal(detail=stored.message, status=stored.status, code=stored.code)
        )
    return Outcome(item=OwnResponse.model_validate(stored))
