"""The list of datasets, and the page of a dataset."""

import re
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
from diptych.web.deps import DbSession
from diptych.web.skips import Skips, make_skips

router = Router()

# A name that works unchanged in an address: without /, ?, # or %, and not a dot segment.
_PLAIN_NAME = re.compile(r"\w[\w .~-]*")


@dataclass(frozen=True)
class Row:
    """A dataset in the list; ``reference`` is its name or id in addresses."""

    name: str
    reference: str
    workspace: str
    team: queries.TeamProgress
    submitted: int
    is_draft: bool


@dataclass(kw_only=True)
class DatasetList(Page):
    """The datasets of the logged-in user."""

    rows: Sequence[Row]
    is_admin: bool


@dataclass(kw_only=True)
class DatasetPage(Page):
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


@router.get("/")
def dataset_list(request: Request, session: DbSession, person: Person) -> HTMLResponse:
    """Show the datasets that the user may see."""
    found = queries.list_datasets(session, person)
    ids = [dataset.id for dataset, _ in found]
    names = [dataset.name for dataset, _ in found]
    team = queries.team_progress(session, ids)
    mine = queries.personal_progress(session, person, ids)
    rows = [
        Row(
            name=dataset.name,
            reference=_reference(dataset, names),
            workspace=workspace.name,
            team=team[dataset.id],
            submitted=mine[dataset.id].submitted if dataset.id in mine else 0,
            is_draft=dataset.status == DatasetStatus.DRAFT,
        )
        for dataset, workspace in found
    ]
    return DatasetList(rows=rows, is_admin=person.role != Role.ANNOTATOR).render(request)


@router.get("/datasets/{reference:path}")
def dataset_page(request: Request, session: DbSession, person: Person, reference: str) -> HTMLResponse:
    """Show a dataset."""
    dataset = queries.get_visible_dataset(session, person, reference)
    progress = queries.get_progress(session, dataset, person)
    knows_people = read_access(person).colleagues
    page = DatasetPage(
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


def _reference(dataset: Dataset, names: Sequence[str]) -> str:
    """Return the reference of a dataset in addresses: its name, or its id if the name is ambiguous."""
    is_clear = names.count(dataset.name) == 1 and _PLAIN_NAME.fullmatch(dataset.name)
    return dataset.name if is_clear else str(dataset.id)
