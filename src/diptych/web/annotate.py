"""The page on which people answer: a record, mostly a prompt and two pictures, and its questions."""

import uuid
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.assignments.queries import get_offer, get_place
from diptych.assignments.service import Outcome
from diptych.core.edge import Router
from diptych.datasets.queries import get_visible_dataset
from diptych.datasets.read_access import read_access
from diptych.models import User
from diptych.responses import queries as responses
from diptych.web.auth import Person
from diptych.web.cards import Card, make_card
from diptych.web.deps import AppSettings, DbSession
from diptych.web.desk import Desk, make_desk
from diptych.web.piles import Queue
from diptych.web.screens import Screen, make_screen

router = Router()


@dataclass(kw_only=True)
class Start(Desk):
    """Nothing is claimed yet: the button to begin."""


@dataclass(kw_only=True)
class Nothing(Desk):
    """There is no record to show."""

    screen: Screen


@dataclass(kw_only=True)
class OneRecord(Desk):
    """A record, and the ways to the answers before and after it."""

    card: Card
    back: uuid.UUID | None
    forward: uuid.UUID | None = None
    is_revisit: bool = False


@router.get("/datasets/{reference:path}/annotate")
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
    """Show the record that is asked for, or the first of the queue; looking claims nothing."""
    dataset = get_visible_dataset(session, person, reference)
    place = get_place(session, dataset, person)
    desk = make_desk(
        session,
        dataset,
        place.progress,
        access=read_access(person),
        reference=reference,
        queue=queue,
        lease_seconds=settings.lease_seconds,
    )
    if record is not None:
        return make_revisit(session, desk, person, record).render(request)
    if queue.status is not None:
        latest = responses.find_before(session, dataset, person, None, queue.status)
        if latest is None:
            screen = make_screen(session, desk, person, "empty")
            return Nothing(**vars(desk), screen=screen).render(request)
        return make_revisit(session, desk, person, latest.record_id).render(request)
    if place.held:
        card = make_card(desk, place.held, is_first=True)
        return OneRecord(**vars(desk), card=card, back=place.latest).render(request)
    if outcome is not None:
        screen = make_screen(session, desk, person, outcome.value, retry_after)
        return Nothing(**vars(desk), screen=screen).render(request)
    return Start(**vars(desk)).render(request)


def make_revisit(
    session: DbSession, desk: Desk, person: User, record_id: uuid.UUID, *, notice: str = ""
) -> OneRecord:
    """Return a record with this person's answer, and the ways to their answers before and after it."""
    dataset, status = desk.dataset, desk.queue.status
    offer = get_offer(session, dataset, person, record_id)
    response = responses.find_response(session, dataset, record_id, person)
    if response is not None and response.swapped is not None:
        offer = replace(offer, swapped=response.swapped)
    before = responses.find_before(session, dataset, person, response, status)
    after = responses.find_after(session, dataset, person, response, status) if response else None
    return OneRecord(
        **vars(desk),
        card=make_card(desk, offer, answer=response, is_first=True, notice=notice),
        back=before.record_id if before else None,
        forward=after.record_id if after else None,
        is_revisit=True,
    )
