"""Records with their questions, one card each; the page fetches the next ones before they are needed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.requests import Request

from diptych.assignments.leases import Window
from diptych.assignments.queries import LeasedRecord, list_leased_records
from diptych.assignments.service import Outcome, claim, lookahead, release_window
from diptych.core.edge import Router
from diptych.core.errors import ConflictError
from diptych.core.templating import Page
from diptych.datasets.fields import count_named_images, find_fault, holds_images
from diptych.datasets.queries import get_progress, get_visible_dataset
from diptych.datasets.read_access import read_access
from diptych.models import Dataset, Response, ResponseStatus, User
from diptych.records.image_set import first_image_set
from diptych.responses.queries import find_response
from diptych.web.annotate.context import AnnotationContext, make_context
from diptych.web.annotate.empty_state import make_empty_state
from diptych.web.annotate.field_views import FieldView, view_fields
from diptych.web.annotate.questions import QuestionView, is_quick, make_views
from diptych.web.annotate.queues import Queue
from diptych.web.auth import Person
from diptych.web.deps import AppSettings, DbSession

router = Router()

_MAX_CARDS = 10
_MAX_KNOWN = 500
_MAX_FORMER = 32


@dataclass(kw_only=True)
class Card(Page):
    """A record with its questions; ``is_quick`` says that one press answers it.

    ``status`` and ``revision`` are those of the person's answer, if there is one. ``fault`` says why no
    question can be answered: the record lacks an image. ``shown_order`` has the number of the image in each
    slot, and nothing if there are no images. ``is_first`` says that the page comes with this card, and
    ``is_only_shown`` that the record is not this person's to answer. ``notice`` is what the person has to
    know before they answer.
    """

    reference: str
    noun: str
    queue: Queue
    record_id: uuid.UUID
    fields: Sequence[FieldView]
    questions: Sequence[QuestionView]
    is_quick: bool
    fault: str | None
    shown_order: Sequence[int]
    status: ResponseStatus | None
    revision: int
    is_first: bool
    is_only_shown: bool
    notice: str

    @classmethod
    def template(cls) -> str:
        """Return the template of the card, which is a part of the annotation page."""
        return "annotate/_card.html"


def make_card(
    context: AnnotationContext,
    leased: LeasedRecord,
    *,
    answer: Response | None = None,
    is_first: bool = False,
    notice: str = "",
) -> Card:
    """Return the card of a record; ``answer`` is the person's answer so far.

    If the person neither holds the record nor has answered it, the card is read-only, so that an admin who
    looks at a skipped record does not answer it by accident.
    """
    named = count_named_images(question.settings for question in context.questions)
    fault = find_fault(named, leased.record.fields)
    fields = [field for field in context.fields if not (fault and holds_images(field))]
    images = None if fault else first_image_set(leased.record.fields)
    shown_order = images.order(leased.shown_order) if images else ()
    questions = [] if fault else context.questions
    return Card(
        reference=context.reference,
        noun=context.noun,
        queue=context.queue,
        record_id=leased.record.id,
        fields=view_fields(fields, leased.record, shown_order=shown_order),
        questions=make_views(
            questions,
            answer,
            leased.suggestions,
            leased.record.fields,
            shown_order=shown_order,
            with_scores=context.access.suggestion_sources,
        ),
        is_quick=is_quick(questions),
        fault=fault,
        shown_order=shown_order,
        status=answer.status if answer else None,
        revision=answer.revision if answer else 0,
        is_first=is_first,
        is_only_shown=answer is None and not leased.is_held,
        notice=notice,
    )


class ClaimRequest(BaseModel):
    """How many more cards a page asks for than the ``open_count`` that it has, with the one on screen.

    A page that asks for none keeps its leases alive. ``known`` are the records that it need not be given: on
    screen, or answered and on the way. ``user_id`` is whose page it is, if that is worth a check.
    ``window_id`` is the window that shows the cards, which no other window of the person then shows, and
    ``former`` are windows of theirs that are gone, whose records it takes over. ``record_id`` is the record
    that the page came with.
    """

    # A page of an earlier version learns that it is one, and reloads.
    model_config = ConfigDict(extra="forbid")

    user_id: uuid.UUID | None = None
    window_id: uuid.UUID | None = None
    former: Annotated[list[uuid.UUID], Field(max_length=_MAX_FORMER)] = []
    record_id: uuid.UUID | None = None
    limit: Annotated[int, Field(ge=0, le=_MAX_CARDS)]
    open_count: Annotated[int, Field(ge=0)] = 0
    known: Annotated[list[uuid.UUID], Field(max_length=_MAX_KNOWN)] = []


class CardOut(BaseModel):
    """A card as HTML."""

    record: uuid.UUID
    html: str


class Cards(BaseModel):
    """The next cards; if there are none to be had, the empty state that says why.

    ``held`` are all the records that the window may show, ``own`` is how many records are in each of the
    person's queues, and ``completed`` how many records of the dataset have all their answers. ``revision`` is
    that of the person's answer to the record that the page came with, 0 if there is none.
    """

    cards: Sequence[CardOut]
    empty_state: str | None
    held: Sequence[uuid.UUID]
    own: Mapping[Queue, int]
    completed: int
    revision: int | None


@router.post("/datasets/{reference}/cards")
def claim_cards(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    person: Person,
    reference: str,
    body: ClaimRequest,
) -> Cards:
    """Claim the next records and show them as cards."""
    if body.user_id not in {None, person.id}:
        raise ConflictError("This page belongs to another account. Log in with it to continue.")
    dataset = get_visible_dataset(session, person, reference)
    lease_seconds = settings.lease_seconds
    progress = get_progress(session, dataset, person)
    context = make_context(
        session,
        dataset,
        progress,
        access=read_access(person),
        reference=reference,
        queue=Queue.PENDING,
        lease_seconds=lease_seconds,
    )
    limit = max(0, lookahead(context.team, body.open_count + body.limit) - body.open_count)
    window = Window(body.window_id, body.former)
    claimed = claim(
        session, dataset, person, limit=limit, lease_seconds=lease_seconds, window=window, known=body.known
    )
    empty_state = None
    if limit and claimed.outcome != Outcome.PAIRS:
        empty_state = make_empty_state(
            session, context, person, claimed.outcome.value, claimed.retry_after
        ).html(request)
    cards = [make_card(context, one) for one in list_leased_records(session, dataset, claimed.leases)]
    return Cards(
        cards=[CardOut(record=card.record_id, html=card.html(request)) for card in cards],
        empty_state=empty_state,
        held=sorted(claimed.held),
        own={item.queue: item.count for item in context.queues},
        completed=context.team.completed,
        revision=_revision(session, dataset, person, body.record_id) if body.record_id else None,
    )


def _revision(session: Session, dataset: Dataset, person: User, record_id: uuid.UUID) -> int:
    response = find_response(session, dataset, record_id, person)
    return response.revision if response else 0


@router.delete("/datasets/{reference}/cards", status_code=204)
def give_cards_back(session: DbSession, person: Person, reference: str, window_id: uuid.UUID) -> None:
    """Let the person's other windows have the cards of one that they leave."""
    release_window(session, get_visible_dataset(session, person, reference), person, window_id)
