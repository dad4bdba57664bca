"""The page on which people answer: a record, mostly a prompt and two pictures, and its questions."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.assignments.queries import is_swapped, list_leased_records
from diptych.assignments.service import Outcome
from diptych.core.templating import Page
from diptych.datasets import queries as datasets
from diptych.models import Dataset, Question, Record, ResponseStatus, User
from diptych.models import Response as Answer
from diptych.records.fields import list_fields
from diptych.records.queries import get_record
from diptych.records.suggestions import list_suggestions
from diptych.responses import queries as responses
from diptych.web.asks import Ask, asks, is_quick, unasked
from diptych.web.auth import Person
from diptych.web.deps import DbSession
from diptych.web.piles import Pile, Queue, count_piles
from diptych.web.shown import Shown, has_pair, shown_fields, sources
from diptych.web.sides import can_swap

router = APIRouter()


@dataclass(kw_only=True)
class Desk(Page):
    """What every state of the page shows around the records; ``noun`` is what it calls one of them."""

    dataset: Dataset
    reference: str
    questions: Sequence[Question]
    queue: Queue
    piles: Sequence[Pile]
    team: datasets.TeamProgress
    answered: int
    noun: str


@dataclass(kw_only=True)
class Start(Desk):
    """Nothing is claimed yet: the button to begin."""


@dataclass(kw_only=True)
class Nothing(Desk):
    """There is no record to show, and why: done, leased, nothing for this person, or an empty queue."""

    outcome: str
    retry_after: int


@dataclass(kw_only=True)
class OneRecord(Desk):
    """A record with its questions; ``is_quick`` says that one press answers it.

    ``unasked`` are the questions that need an answer and cannot be asked here.
    """

    record_id: uuid.UUID
    fields: Sequence[Shown]
    asks: Sequence[Ask]
    is_quick: bool
    unasked: Sequence[str]
    swapped: bool
    status: ResponseStatus | None
    back: uuid.UUID | None
    forward: uuid.UUID | None
    is_revisit: bool
    preload: Sequence[str]


@router.get("/datasets/{reference:path}/annotate")
def annotate_page(
    request: Request,
    session: DbSession,
    person: Person,
    reference: str,
    queue: Annotated[Queue, Query()] = Queue.PENDING,
    record: Annotated[uuid.UUID | None, Query()] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    retry_after: Annotated[int, Query(ge=0, le=3600)] = 0,
) -> HTMLResponse:
    """Show the record that is asked for, or the first of the queue; looking claims nothing."""
    dataset = datasets.get_visible_dataset(session, person, reference)
    desk = _desk(session, dataset, person, reference, queue)
    if record is not None:
        return _revisit(session, desk, person, get_record(session, dataset, record)).render(request)
    if queue.status is not None:
        latest = responses.find_before(session, dataset, person, None, queue.status)
        if latest is None:
            return Nothing(**vars(desk), outcome="empty", retry_after=0).render(request)
        return _revisit(session, desk, person, get_record(session, dataset, latest.record_id)).render(request)
    leased = list_leased_records(session, dataset, person)
    if leased:
        return _pending(session, desk, person, leased).render(request)
    if outcome is not None:
        return Nothing(**vars(desk), outcome=outcome.value, retry_after=retry_after).render(request)
    return Start(**vars(desk)).render(request)


def _desk(session: DbSession, dataset: Dataset, person: User, reference: str, queue: Queue) -> Desk:
    team = datasets.team_progress(session, [dataset.id])[dataset.id]
    mine = datasets.personal_progress(session, person, [dataset.id]).get(dataset.id)
    piles = count_piles(mine, records=team.records, current=queue)
    questions = datasets.list_questions(session, dataset)
    return Desk(
        dataset=dataset,
        reference=reference,
        questions=questions,
        queue=queue,
        piles=piles,
        team=team,
        answered=sum(pile.count for pile in piles if pile.queue.status),
        noun="pair" if can_swap(questions) else "record",
    )


def _pending(
    session: DbSession, desk: Desk, person: User, leased: Sequence[tuple[Record, bool]]
) -> OneRecord:
    (record, swapped), *later = leased
    latest = responses.find_before(session, desk.dataset, person, None)
    return _one_record(
        session,
        desk,
        record,
        swapped=swapped,
        response=None,
        back=latest.record_id if latest else None,
        later=[record for record, _ in later],
    )


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
    return _one_record(
        session,
        desk,
        record,
        swapped=swapped,
        response=response,
        back=before.record_id if before else None,
        forward=after.record_id if after else None,
        is_revisit=True,
    )


def _one_record(
    session: DbSession,
    desk: Desk,
    record: Record,
    *,
    swapped: bool,
    response: Answer | None,
    back: uuid.UUID | None,
    forward: uuid.UUID | None = None,
    is_revisit: bool = False,
    later: Sequence[Record] = (),
) -> OneRecord:
    questions, fields = desk.questions, list_fields(session, desk.dataset)
    swapped = swapped and can_swap(questions) and has_pair(record)
    return OneRecord(
        **vars(desk),
        record_id=record.id,
        fields=shown_fields(fields, record, swapped=swapped),
        asks=asks(questions, response, list_suggestions(session, record), swapped=swapped),
        is_quick=is_quick(questions),
        unasked=unasked(questions),
        swapped=swapped,
        status=response.status if response else None,
        back=back,
        forward=forward,
        is_revisit=is_revisit,
        preload=sources(fields, later),
    )
