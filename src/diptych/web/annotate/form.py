"""The forms of the annotation page without JavaScript: claims and answers."""

import uuid
from typing import Annotated

from fastapi import Depends, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from diptych.assignments import service as assignments
from diptych.core.edge import Router
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.queries import get_progress, get_visible_dataset
from diptych.datasets.read_access import read_access
from diptych.models import Dataset, ResponseStatus, User
from diptych.models import Response as Answer
from diptych.responses import queries as responses
from diptych.responses.rules import MAX_REVISION
from diptych.responses.service import StaleResponseError, save_response
from diptych.responses.shown_order import parse_shown_order
from diptych.web.annotate.context import make_context
from diptych.web.annotate.page import make_revisit
from diptych.web.annotate.questions import read_answers
from diptych.web.annotate.queues import Queue
from diptych.web.auth import Person
from diptych.web.deps import AppSettings, DbSession, see_other

router = Router()

# The record on screen, and the next one, so that its pictures load in advance.
CLAIM_SIZE = 2


async def _read_form(request: Request) -> FormData:
    """Return the whole form, because its fields depend on the dataset."""
    return await request.form()


@router.post("/datasets/{reference}/assignments")
def claim(
    request: Request, session: DbSession, settings: AppSettings, person: Person, reference: str
) -> Response:
    """Claim the next records and show the first."""
    dataset = get_visible_dataset(session, person, reference)
    return _next_pending(request, session, settings, person, dataset, reference)


@router.post("/datasets/{reference}/responses")
def respond(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    person: Person,
    reference: str,
    form: Annotated[FormData, Depends(_read_form)],
    record: Annotated[uuid.UUID, Form()],
    status: Annotated[ResponseStatus, Form()] = ResponseStatus.SUBMITTED,
    shown_order: Annotated[str, Form()] = "",
    swapped: Annotated[bool | None, Form()] = None,
    duration_ms: Annotated[int | None, Form()] = None,
    revision: Annotated[int | None, Form(ge=1, le=MAX_REVISION)] = None,
    queue: Annotated[Queue, Form()] = Queue.PENDING,
) -> Response:
    """Store an answer and continue with the next record of the queue, or show the answer stored before it."""
    dataset = get_visible_dataset(session, person, reference)
    older = _older(session, dataset, person, record, queue)
    try:
        save_response(
            session,
            dataset,
            record,
            person,
            values=read_answers(form, get_cached_settings(session, dataset).questions),
            status=status,
            shown_order=parse_shown_order(shown_order, swapped=swapped),
            duration_ms=duration_ms,
            revision=revision,
        )
    except StaleResponseError as error:
        context = make_context(
            session,
            dataset,
            get_progress(session, dataset, person),
            access=read_access(person),
            reference=reference,
            queue=queue,
            lease_seconds=settings.lease_seconds,
        )
        page = make_revisit(session, context, person, record, notice=error.message)
        return page.render(request, status=error.status)
    if queue == Queue.PENDING:
        return _next_pending(request, session, settings, person, dataset, reference)
    query = {"queue": queue.value, "record": older.record_id if older else None}
    return see_other(request, "annotate_page", reference=reference, query=query)


def _next_pending(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    person: User,
    dataset: Dataset,
    reference: str,
) -> Response:
    claimed = assignments.claim(
        session, dataset, person, limit=CLAIM_SIZE, lease_seconds=settings.lease_seconds
    )
    query: dict[str, object] = {}
    if claimed.outcome != assignments.Outcome.PAIRS:
        query = {"outcome": claimed.outcome.value, "retry_after": claimed.retry_after or None}
    return see_other(request, "annotate_page", reference=reference, query=query)


def _older(
    session: DbSession, dataset: Dataset, person: User, record_id: uuid.UUID, queue: Queue
) -> Answer | None:
    current = responses.find_response(session, dataset, record_id, person)
    if queue == Queue.PENDING or current is None:
        return None
    return responses.find_before(session, dataset, person, current, queue.status)
