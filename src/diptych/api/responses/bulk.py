"""``POST /api/v1/me/responses/bulk``: the caller's own responses, as the annotation page sends them.

It is the route that is used most, and differs from the others where that saves time (ADR 4). It is read by a
``DirectRoute`` and needs neither a session nor a thread: the handler gives its request to the ``GroupCommit``
of the app and waits for the commit, and ``save_requests`` saves the responses of all the requests that came
meanwhile. From there on, a response goes the way of any other: ``responses.service``.
"""

import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from diptych.api.auth import SECURITY, Credentials, callers_of, require_credentials
from diptych.api.body import DirectRoute
from diptych.api.errors import RESPONSES
from diptych.api.responses.shapes import (
    Outcome,
    Outcomes,
    OwnResponseIn,
    OwnResponseOut,
    OwnResponsesIn,
    Refusal,
)
from diptych.api.wire import JsonText
from diptych.core.db import Database
from diptych.core.errors import ConflictError, DiptychError, NotFoundError
from diptych.core.group_commit import BlockedError, GroupCommit
from diptych.core.statements import Plan, fetch
from diptych.datasets.read_access import Principal
from diptych.records.queries import datasets_of
from diptych.responses.rules import ResponseInput
from diptych.responses.service import LockedBatch, StaleResponseError, queries_to_lock, save_batch
from diptych.responses.stored import StoredResponse


@dataclass(frozen=True)
class BulkRequest:
    """The responses of one request, and what it says of its caller."""

    credentials: Credentials
    body: OwnResponsesIn

    @property
    def datasets(self) -> Hashable:
        """The datasets that the request is about, as far as it says."""
        return frozenset(item.dataset_id for item in self.body.items)


ResponseWriter = GroupCommit[BulkRequest, Outcomes]


def make_writer(database: Database) -> ResponseWriter:
    """Return what saves the requests to ``save_responses``."""
    return GroupCommit(
        database,
        save_requests,
        part_of=lambda request: request.datasets,
        caller_of=lambda request: request.credentials,
    )


def make_route(*, max_body_size: int) -> DirectRoute:
    """Return the route to ``save_responses``."""
    return DirectRoute(
        "/api/v1/me/responses/bulk",
        save_responses,
        methods=["POST"],
        max_body_size=max_body_size,
        tags=["responses"],
        responses={**RESPONSES, 200: {"model": Outcomes}},
        openapi_extra=SECURITY,
    )


async def save_responses(
    request: Request, credentials: Annotated[Credentials, Depends(require_credentials)], body: OwnResponsesIn
) -> JsonText:
    """Answer records, or change one's responses; one that is refused does not hold up the others."""
    writer: ResponseWriter = request.app.state.response_writer
    outcomes = await writer.submit(BulkRequest(credentials, body))
    return JsonText(outcomes.model_dump_json())


def save_requests(requests: Sequence[BulkRequest], *, waits: bool = True) -> Plan[list[Outcomes | Exception]]:
    """Save the responses of many requests; return the outcomes of each request, or why it is refused.

    Without ``waits``, a request for a record that another transaction has locked ends in ``BlockedError``.
    """
    datasets = yield from _find_datasets(requests)
    keys = {
        (dataset_id, item.record_id)
        for request in requests
        for item in request.body.items
        if (dataset_id := item.dataset_id or datasets.get(item.record_id))
    }
    callers, *locked = yield [
        callers_of([request.credentials for request in requests], {dataset_id for dataset_id, _ in keys}),
        *queries_to_lock(keys, waits=waits),
    ]
    batch = LockedBatch(*locked)
    accepted = [_accept(*both, datasets, batch) for both in zip(requests, callers, strict=True)]
    given = [one for some in accepted if isinstance(some, list) for one in some]
    saved = iter((yield from save_batch([one for one in given if isinstance(one, ResponseInput)], batch)))
    return [
        Outcomes(items=[_to_outcome(next(saved) if isinstance(one, ResponseInput) else one) for one in some])
        if isinstance(some, list)
        else some
        for some in accepted
    ]


def _find_datasets(requests: Sequence[BulkRequest]) -> Plan[Mapping[uuid.UUID, uuid.UUID]]:
    """Return the datasets of the records that come without one, from callers who are known."""
    nameless = [
        {item.record_id for item in request.body.items if not item.dataset_id} for request in requests
    ]
    if not any(nameless):
        return {}
    callers = yield from fetch(callers_of([request.credentials for request in requests], ()))
    known = [some for caller, some in zip(callers, nameless, strict=True) if isinstance(caller, Principal)]
    return (yield from fetch(datasets_of(set().union(*known))))


def _accept(
    request: BulkRequest,
    caller: Principal | DiptychError,
    datasets: Mapping[uuid.UUID, uuid.UUID],
    batch: LockedBatch,
) -> list[ResponseInput | NotFoundError] | Exception:
    """Return the responses of a request, or why nothing of it is done: it is refused, or has to wait."""
    if not isinstance(caller, Principal):
        return caller
    if request.body.user_id not in {None, caller.user_id}:
        return ConflictError("These answers belong to another account. Log in with it to send them.")
    given = [_to_input(caller, item, datasets) for item in request.body.items]
    if any(batch.is_blocked(one.key[:2]) for one in given if isinstance(one, ResponseInput)):
        return BlockedError()
    return given


def _to_input(
    caller: Principal, item: OwnResponseIn, datasets: Mapping[uuid.UUID, uuid.UUID]
) -> ResponseInput | NotFoundError:
    """Return a response as it is given, unless its record is not the caller's to see."""
    dataset_id = item.dataset_id or datasets.get(item.record_id)
    if dataset_id is None or dataset_id not in caller.dataset_ids:
        id_ = str(item.record_id)
        return NotFoundError(f"There is no record with the id {id_}.", record=id_)
    return ResponseInput(
        dataset_id=dataset_id,
        record_id=item.record_id,
        user_id=caller.user_id,
        values=item.values or {},
        status=item.status,
        shown_order=item.shown_order,
        duration_ms=item.duration_ms,
        revision=item.revision,
        skip_reason=item.skip_reason,
    )


def _to_outcome(saved: StoredResponse | DiptychError) -> Outcome:
    if not isinstance(saved, DiptychError):
        return Outcome(item=OwnResponseOut.model_validate(saved))
    stays = OwnResponseOut.model_validate(saved.stored) if isinstance(saved, StaleResponseError) else None
    return Outcome(item=stays, error=Refusal(detail=saved.message, status=saved.status, code=saved.code))
