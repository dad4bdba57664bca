"""The page on which people answer: a record, mostly a prompt and two pictures, and its questions."""

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.assignments.queries import is_swapped, list_leased_records
from diptych.assignments.service import Outcome
from diptych.datasets.queries import get_visible_dataset
from diptych.models import Record, User
from diptych.records.queries import get_record
from diptych.responses import queries as responses
from diptych.web.auth import Person
from diptych.web.cards import Card, make_cards
from diptych.web.deps import AppSettings, DbSession
from diptych.web.desk import Desk, make_desk
from diptych.web.piles import Queue
from diptych.web.screens import Screen, make_screen

router = APIRouter()


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
    desk = make_desk(session, dataset, person, reference, queue, lease_seconds=settings.lease_seconds)
    if record is not None:
        return _revisit(session, desk, person, get_record(session, dataset, record)).render(request)
    if queue.status is not None:
        latest = responses.find_before(session, dataset, person, None, queue.status)
        if latest is None:
            screen = make_screen(session, desk, person, "empty")
            return Nothing(**vars(desk), screen=screen).render(request)
        return _revisit(session, desk, person, get_record(session, dataset, latest.record_id)).render(request)
    leased = list_leased_records(session, dataset, person)
    if leased:
        return _pending(session, desk, person, leased[0]).render(request)
    if outcome is not None:
        screen = make_screen(session, desk, person, outcome.value, retry_after)
        return Nothing(**vars(desk), screen=screen).render(request)
    return Start(**vars(desk)).render(request)


def _pending(session: DbSession, desk: Desk, person: User, leased: tuple[Record, bool]) -> OneRecord:
    latest = responses.find_before(session, desk.dataset, person, None)
    (card,) = make_cards(session, desk, [leased], is_first=True)
    return OneRecord(**vars(desk), card=card, back=latest.record_id if latest else None)


def _revisit(session: DbSession, desk: Desk, person: User, record: Record) -> OneRecord:
    """Show a record again, with this person's answer and the ways to their answers before and after it."""
    dataset, status = desk.dataset, desk.queue.status
    response = responses.find_response(session, dataset, record.id, person)
    if response is not None and response.swapped is not None:
        swapped = response.swapped
    else:
        swapped = is_swapped(session, dataset, person, record.id)
    before = responses.find_before(session, dataset, person, response, status)
    after = responses.find_after(session, dataset, person, response, status) if response else None
    (card,) = make_cards(session, desk, [(record, swapped)], answer=response, is_first=True)
    return OneRecord(
        **vars(desk),
        card=card,
        back=before.record_id if before else None,
        forward=after.record_id if after else None,
        is_revisit=True,
    )
