"""The overview of a dataset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.core.edge import Router
from diptych.core.templating import Page
from diptych.datasets import queries
from diptych.datasets.cache import get_cached_settings
from diptych.datasets.read_access import read_access
from diptych.exports.contents import ExportContent
from diptych.exports.formats import ExportFormat, list_formats
from diptych.models import AnnotatorProgress, Dataset, DatasetStatus, Role, User
from diptych.web.annotate.image_failures import ImageFailures, make_image_failures
from diptych.web.annotate.questions import QuestionView, make_overview
from diptych.web.auth import Person
from diptych.web.datasets.skips import Skips, make_skips
from diptych.web.deps import DbSession

router = Router()


@dataclass(kw_only=True)
class Overview(Page):
    """A dataset: its progress, annotators, imports and exports."""

    dataset: Dataset
    reference: str
    team: queries.TeamProgress
    mine: AnnotatorProgress | None
    questions: Sequence[QuestionView]
    annotators: Sequence[tuple[User, AnnotatorProgress]]
    skips: Skips | None
    image_failures: ImageFailures | None
    exports: Mapping[ExportContent, Sequence[ExportFormat]]
    is_admin: bool
    is_draft: bool


@router.get("/datasets/{reference}")
def overview(request: Request, session: DbSession, person: Person, reference: str) -> HTMLResponse:
    """Show a dataset."""
    dataset = queries.get_visible_dataset(session, person, reference)
    progress = queries.get_progress(session, dataset, person)
    knows_people = read_access(person).colleagues
    page = Overview(
        dataset=dataset,
        reference=reference,
        team=progress.team,
        mine=progress.mine,
        questions=make_overview(get_cached_settings(session, dataset).questions),
        annotators=queries.list_annotators(session, dataset) if knows_people else [],
        skips=make_skips(session, dataset) if knows_people else None,
        image_failures=make_image_failures(session, dataset) if knows_people else None,
        exports={content: list_formats(content) for content in ExportContent},
        is_admin=person.role != Role.ANNOTATOR,
        is_draft=dataset.status == DatasetStatus.DRAFT,
    )
    return page.render(request)
