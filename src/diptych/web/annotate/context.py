"""The context of records on the annotation page: the dataset, its questions, queues and progress."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diptych.core.templating import Page
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.queries import Progress, TeamProgress
from diptych.datasets.read_access import ReadAccess
from diptych.models import Dataset, Field, Question
from diptych.web.annotate.questions import list_scripts, list_types
from diptych.web.annotate.queues import Queue, QueueCount, count_queues

# If answers name this number of images, a record is called a pair.
_PAIR = 2


@dataclass(kw_only=True)
class AnnotationContext(Page):
    """``noun`` is the page's word for a record, ``total_duration_ms`` the time the annotator spent in total.

    ``answered`` counts submitted answers, without drafts and discarded records. ``access`` is what the
    annotator may see. ``question_types`` are the types of the questions, ``scripts`` the paths of all scripts
    that the page loads.
    """

    dataset: Dataset
    access: ReadAccess
    reference: str
    fields: Sequence[Field]
    questions: Sequence[Question]
    question_types: Sequence[str]
    scripts: Sequence[str]
    queue: Queue
    queues: Sequence[QueueCount]
    team: TeamProgress
    answered: int
    total_duration_ms: int
    noun: str
    lease_seconds: int


def make_context(
    session: Session,
    dataset: Dataset,
    progress: Progress,
    *,
    access: ReadAccess,
    reference: str,
    queue: Queue,
    lease_seconds: int,
) -> AnnotationContext:
    """Return the context for an annotator with this progress, who looks at one of their queues."""
    settings = get_cached_settings(session, dataset)
    team, mine = progress.team, progress.mine
    queues = count_queues(mine, records=team.records, current=queue)
    question_types = list_types(settings.questions)
    return AnnotationContext(
        dataset=dataset,
        access=access,
        reference=reference,
        fields=settings.fields,
        questions=settings.questions,
        question_types=question_types,
        scripts=list_scripts(question_types),
        queue=queue,
        queues=queues,
        team=team,
        answered=mine.submitted if mine else 0,
        total_duration_ms=mine.total_duration_ms if mine else 0,
        noun="pair" if settings.named_images == _PAIR else "record",
        lease_seconds=lease_seconds,
    )
