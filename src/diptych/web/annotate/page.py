"""The annotation page: a record, usually a prompt and its images, and its questions."""

import uuid
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.assignments.queries import get_annotator_state, get_leased_record
from diptych.assignments.service import Outcome
from diptych.core.edge import Router
from diptych.datasets.queries import get_visible_dataset
from diptych.datasets.read_access import read_access
from diptych.models import User
from diptych.responses import queries as responses
from diptych.web.annotate.cards import Card, make_card
from diptych.web.annotate.context import AnnotationContext, make_context
from diptych.web.annotate.empty_state import EmptyState, make_empty_state
from diptych.web.annotate.queues import Queue
from diptych.web.auth import Person
from diptych.web.deps import AppSettings, DbSession

router = Router()


@dataclass(kw_only=True)
class Start(AnnotationContext):
    """Shown before the first claim: a button to start."""


@dataclass(kw_only=True)
class Empty(AnnotationContext):
    """There is no record to show."""

    empty_state: EmptyState


@dataclass(kw_only=True)
class OneRecord(AnnotationContext):
    """A record, and links to the annotator's answers before and after it."""

    card: Card
    back: uuid.UUID | None
    forward: uuid.UUID | None = None
    is_revisit: bool = False


@router.get("/datasets/{reference}/annotate")
def annotate_page(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    person: Person,
    reference: str,
    queue: Annotated[Queue, Query()] = Queue.PENDING,
    record: Annotated[uuid.UUID | None, Query()] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    retry_after: Annotated[int, Query(ge=0, le=3600)] = 0,
) -> HTMLResponse:
    """Show the requested record, or the first of the queue; a GET claims nothing."""
    dataset = get_visible_dataset(session, person, reference)
    state = get_annotator_state(session, dataset, person)
    context = make_context(
        session,
        dataset,
        state.progress,
        access=read_access(person),
        reference=reference,
        queue=queue,
        lease_seconds=settings.lease_seconds,
    )
    if record is not None:
        return make_revisit(session, context, person, record).render(request)
    if queue.status is not None:
        latest = responses.find_before(session, dataset, person, None, queue.status)
        if latest is None:
            empty_state = make_empty_state(session, context, person, "empty")
            return Empty(**vars(context), empty_state=empty_state).render(request)
        return make_revisit(session, context, person, latest.record_id).render(request)
    if state.held:
        card = make_card(context, state.held, is_first=True)
        return OneRecord(**vars(context), card=card, back=state.latest).render(request)
    if outcome is not None:
        empty_state = make_empty_state(session, context, person, outcome.value, retry_after)
        return Empty(**vars(context), empty_state=empty_state).render(request)
    return Start(**vars(context)).render(request)


def make_revisit(
    session: DbSession, context: AnnotationContext, person: User, record_id: uuid.UUID, *, notice: str = ""
) -> OneRecord:
    """Return a record with the annotator's answer, and links to their answers before and after it."""
    dataset, status = context.dataset, context.queue.status
    leased = get_leased_record(session, dataset, person, record_id)
    response = responses.find_response(session, dataset, record_id, person)
    if response is not None and response.shown_order is not None:
        leased = replace(leased, shown_order=response.shown_order)
    before = responses.find_before(session, dataset, person, response, status)
    after = responses.find_after(session, dataset, person, response, status) if response else None
    return OneRecord(
        **vars(context),
        card=make_card(context, leased, answer=response, is_first=True, notice=notice),
        back=before.record_id if before else None,
        forward=after.record_id if after else None,
        is_revisit=True,
    )
