"""What surrounds the records on the annotation page: the dataset, its questions, how far everybody is."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diptych.core.templating import Page
from diptych.datasets import queries as datasets
from diptych.models import Dataset, Question, User
from diptych.web.piles import Pile, Queue, answered, count_piles
from diptych.web.sides import can_swap


@dataclass(kw_only=True)
class Desk(Page):
    """``noun`` is what the page calls a record, ``looked_ms`` how long the person looked in all."""

    dataset: Dataset
    reference: str
    questions: Sequence[Question]
    queue: Queue
    piles: Sequence[Pile]
    team: datasets.TeamProgress
    answered: int
    looked_ms: int
    noun: str
    lease_seconds: int


def make_desk(
    session: Session, dataset: Dataset, person: User, reference: str, queue: Queue, *, lease_seconds: int
) -> Desk:
    """Return the desk of a person, who is in front of one of their piles."""
    team = datasets.team_progress(session, [dataset.id])[dataset.id]
    mine = datasets.personal_progress(session, person, [dataset.id]).get(dataset.id)
    questions = datasets.list_questions(session, dataset)
    piles = count_piles(mine, records=team.records, current=queue)
    return Desk(
        dataset=dataset,
        reference=reference,
        questions=questions,
        queue=queue,
        piles=piles,
        team=team,
        answered=answered(piles),
        looked_ms=mine.looked_ms if mine else 0,
        noun="pair" if can_swap(questions) else "record",
        lease_seconds=lease_seconds,
    )
