"""The page on which people choose: a prompt, two pictures, five keys."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from diptych.assignments import service as assignments
from diptych.assignments.queries import is_swapped, list_leased_records
from diptych.core.errors import InvalidError, NotFoundError
from diptych.core.templating import Page
from diptych.datasets import queries as datasets
from diptych.models import AnnotatorProgress, Dataset, Question, Record, ResponseStatus
from diptych.models import Response as Answer
from diptych.questions import LabelSettings, parse_settings
from diptych.records.pair import find_pair
from diptych.records.queries import get_record
from diptych.responses import queries as responses
from diptych.responses.service import answer
from diptych.web.auth import Person
from diptych.web.deps import AppSettings, DbSession, see_other
from diptych.web.sides import Choice, choices, sides

router = APIRouter()

# The pair that is looked at, and the next one, whose pictures load meanwhile.
WINDOW = 2


class Queue(StrEnum):
    """The piles that a person's records are in."""

    PENDING = "pending"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    DISCARDED = "discarded"

    @property
    def status(self) -> ResponseStatus | None:
        """The status of the answers in this pile; what is pending has no answer."""
        return None if self == Queue.PENDING else ResponseStatus(self.value)


@dataclass(frozen=True)
class Pile:
    """A queue with the number of records in it."""

    queue: Queue
    count: int
    is_current: bool


@dataclass(kw_only=True)
class Desk(Page):
    """What every state of the page shows around the records."""

    dataset: Dataset
    reference: str
    queue: Queue
    piles: Sequence[Pile]
    team: datasets.TeamProgress
    answered: int


@dataclass(kw_only=True)
class Start(Desk):
    """Nothing is claimed yet: the button to begin."""


@dataclass(kw_only=True)
class Nothing(Desk):
    """There is no record to show, and why: done, leased, nothing for this person, or an empty queue."""

    outcome: str
    retry_after: int


@dataclass(kw_only=True)
class Pair(Desk):
    """One record: ``left`` and ``right`` are the pictures as they stand on screen."""

    question: Question
    record_id: uuid.UUID
    prompt: str
    left: str
    right: str
    swapped: bool
    choices: Sequence[Choice]
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
    outcome: Annotated[assignments.Outcome | None, Query()] = None,
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


@router.post("/datasets/{reference:path}/assignments")
def claim(
    request: Request, session: DbSession, settings: AppSettings, person: Person, reference: str
) -> Response:
    """Claim the next records and show the first."""
    dataset = datasets.get_visible_dataset(session, person, reference)
    return _next_pending(request, session, settings, person, dataset, reference)


@router.post("/datasets/{reference:path}/responses")
def respond(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    person: Person,
    reference: str,
    record: Annotated[uuid.UUID, Form()],
    choice: Annotated[str | None, Form()] = None,
    status: Annotated[ResponseStatus, Form()] = ResponseStatus.SUBMITTED,
    swapped: Annotated[bool, Form()] = False,
    duration_ms: Annotated[int | None, Form()] = None,
    queue: Annotated[Queue, Form()] = Queue.PENDING,
) -> Response:
    """Store an answer and go on to the next record of the queue."""
    dataset = datasets.get_visible_dataset(session, person, reference)
    older = _older(session, dataset, person, record, queue)
    question, _ = _label_question(session, dataset)
    answer(
        session,
        dataset,
        record,
        person,
        values={question.name: {"value": choice}} if choice else {},
        status=status,
        swapped=swapped,
        duration_ms=duration_ms,
    )
    if queue == Queue.PENDING:
        return _next_pending(request, session, settings, person, dataset, reference)
    query = {"queue": queue.value, "record": older.record_id if older else None}
    return see_other(request, "annotate_page", reference=reference, query=query)


def _next_pending(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    person: Person,
    dataset: Dataset,
    reference: str,
) -> Response:
    claimed = assignments.claim(session, dataset, person, limit=WINDOW, lease_seconds=settings.lease_seconds)
    query: dict[str, object] = {}
    if claimed.outcome != assignments.Outcome.PAIRS:
        query = {"outcome": claimed.outcome.value, "retry_after": claimed.retry_after or None}
    return see_other(request, "annotate_page", reference=reference, query=query)


def _older(
    session: DbSession, dataset: Dataset, person: Person, record_id: uuid.UUID, queue: Queue
) -> Answer | None:
    current = responses.find_response(session, dataset, record_id, person)
    if queue == Queue.PENDING or current is None:
        return None
    return responses.find_before(session, dataset, person, current, queue.status)


def _desk(session: DbSession, dataset: Dataset, person: Person, reference: str, queue: Queue) -> Desk:
    team = datasets.team_progress(session, [dataset.id])[dataset.id]
    mine = datasets.personal_progress(session, person, [dataset.id]).get(dataset.id)
    counts = _counts(mine)
    answered = sum(counts.values())
    counts[Queue.PENDING] = max(0, team.records - answered)
    piles = [Pile(queue=name, count=counts[name], is_current=name == queue) for name in Queue]
    return Desk(dataset=dataset, reference=reference, queue=queue, piles=piles, team=team, answered=answered)


def _counts(mine: AnnotatorProgress | None) -> dict[Queue, int]:
    if mine is None:
        return {queue: 0 for queue in Queue if queue.status}
    return {queue: getattr(mine, queue.value) for queue in Queue if queue.status}


def _pending(session: DbSession, desk: Desk, person: Person, leased: Sequence[tuple[Record, bool]]) -> Pair:
    (record, swapped), *later = leased
    pairs = [find_pair(record.fields) for record, _ in later]
    preload = [source for pair in pairs if pair for source in (pair.image_1, pair.image_2)]
    latest = responses.find_before(session, desk.dataset, person, None)
    back = latest.record_id if latest else None
    return _pair(session, desk, record, swapped=swapped, response=None, back=back, preload=preload)


def _revisit(session: DbSession, desk: Desk, person: Person, record: Record) -> Pair:
    """Show a record again, with this person's answer and the ways to their answers before and after it."""
    dataset, status = desk.dataset, desk.queue.status
    response = responses.find_response(session, dataset, record.id, person)
    if response is not None and response.swapped is not None:
        swapped = response.swapped
    else:
        swapped = is_swapped(session, dataset, person, record.id)
    before = responses.find_before(session, dataset, person, response, status)
    after = responses.find_after(session, dataset, person, response, status) if response else None
    return _pair(
        session,
        desk,
        record,
        swapped=swapped,
        response=response,
        back=before.record_id if before else None,
        forward=after.record_id if after else None,
        is_revisit=True,
    )


def _pair(
    session: DbSession,
    desk: Desk,
    record: Record,
    *,
    swapped: bool,
    response: Answer | None,
    back: uuid.UUID | None,
    forward: uuid.UUID | None = None,
    is_revisit: bool = False,
    preload: Sequence[str] = (),
) -> Pair:
    pair = find_pair(record.fields)
    if pair is None:
        raise InvalidError("This record does not hold a prompt and two images, so it cannot be shown here.")
    question, settings = _label_question(session, desk.dataset)
    chosen = response.values.get(question.name, {}).get("value") if response else None
    left, right = sides(pair, swapped=swapped)
    return Pair(
        **vars(desk),
        question=question,
        record_id=record.id,
        prompt=pair.prompt,
        left=left,
        right=right,
        swapped=swapped,
        choices=choices(settings, chosen, swapped=swapped),
        status=response.status if response else None,
        back=back,
        forward=forward,
        is_revisit=is_revisit,
        preload=preload,
    )


def _label_question(session: DbSession, dataset: Dataset) -> tuple[Question, LabelSettings]:
    for question in datasets.list_questions(session, dataset):
        settings = parse_settings(question.settings)
        if isinstance(settings, LabelSettings):
            return question, settings
    raise NotFoundError("This dataset has no question that this page can ask.")
