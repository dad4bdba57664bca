"""The routes of one response."""

import uuid

from sqlalchemy.orm import Session

from diptych.api.auth import Caller, DbSession
from diptych.api.responses.shapes import ResponseIn, ResponseOut
from diptych.core.edge import Router
from diptych.core.errors import ConflictError
from diptych.models import Dataset, Response, ResponseStatus, User
from diptych.records.queries import get_record, get_visible_record
from diptych.responses import service
from diptych.responses.queries import find_response, get_visible_response

router = Router(tags=["responses"])


@router.post("/records/{record_id}/responses", status_code=201, response_model=ResponseOut)
def create_response(session: DbSession, caller: Caller, record_id: uuid.UUID, body: ResponseIn) -> Response:
    """Answer a record for the first time."""
    record, dataset = get_visible_record(session, caller, record_id)
    get_record(session, dataset, record.id, lock=True)
    if find_response(session, dataset, record.id, caller) is not None:
        raise ConflictError("You have already answered this record; change that response instead.")
    return service.save_response(
        session, dataset, record.id, caller, values=body.values or {}, status=body.status
    )


@router.put("/responses/{response_id}", response_model=ResponseOut)
def change_response(session: DbSession, caller: Caller, response_id: uuid.UUID, body: ResponseIn) -> Response:
    """Change a response: the caller's own or, for admins, anyone's."""
    response, dataset, author = _get_response(session, caller, response_id)
    return service.save_response(
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
    """Delete a response: the caller's own or, for admins, anyone's."""
    response, dataset, _ = _get_response(session, caller, response_id)
    deleted = ResponseOut.model_validate(response)
    service.delete_response(session, dataset, response, actor=caller)
    return deleted


def _get_response(session: Session, caller: User, response_id: uuid.UUID) -> tuple[Response, Dataset, User]:
    response, dataset = get_visible_response(session, caller, response_id)
    return response, dataset, session.get_one(User, response.user_id)
