"""The list of datasets, and a dataset's own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, StreamingResponse

from diptych.core.templating import Page
from diptych.datasets import queries
from diptych.exports.service import ExportFormat, export, filename
from diptych.models import AnnotatorProgress, Dataset, Question, RecordStatus, Role, User
from diptych.web.auth import Admin, Person
from diptych.web.deps import AppDatabase, DbSession

router = APIRouter()


@dataclass(frozen=True)
class Row:
    """One dataset in the list; ``reference`` is what its address calls it."""

    name: str
    reference: str
    workspace: str
    team: queries.TeamProgress
    submitted: int


@dataclass(kw_only=True)
class DatasetList(Page):
    """The datasets of who is looking."""

    rows: Sequence[Row]
    is_admin: bool


@dataclass(kw_only=True)
class DatasetPage(Page):
    """One dataset: how far it is, who works on it, and the way in and out for records."""

    dataset: Dataset
    reference: str
    team: queries.TeamProgress
    mine: AnnotatorProgress | None
    questions: Sequence[Question]
    annotators: Sequence[tuple[User, AnnotatorProgress]]
    export_formats: Sequence[str]
    is_admin: bool


@router.get("/")
def dataset_list(request: Request, session: DbSession, person: Person) -> HTMLResponse:
    """Show the datasets that a person may work on."""
    found = queries.list_datasets(session, person)
    ids = [dataset.id for dataset, _ in found]
    names = [dataset.name for dataset, _ in found]
    team = queries.team_progress(session, ids)
    mine = queries.personal_progress(session, person, ids)
    rows = [
        Row(
            name=dataset.name,
            reference=dataset.name if names.count(dataset.name) == 1 else str(dataset.id),
            workspace=workspace.name,
            team=team[dataset.id],
            submitted=mine[dataset.id].submitted if dataset.id in mine else 0,
        )
        for dataset, workspace in found
    ]
    return DatasetList(rows=rows, is_admin=person.role != Role.ANNOTATOR).render(request)


@router.get("/datasets/{reference:path}/export")
def export_dataset(
    session: DbSession,
    database: AppDatabase,
    person: Admin,
    reference: str,
    format: Annotated[ExportFormat, Query()] = ExportFormat.JSON,  # noqa: A002 - as in the URL
    status: Annotated[RecordStatus | None, Query()] = None,
    with_vectors: bool = False,
) -> StreamingResponse:
    """Stream a dataset as a file."""
    dataset = queries.get_visible_dataset(session, person, reference)
    rows = export(database, dataset, format=format, status=status, with_vectors=with_vectors)
    disposition = f'attachment; filename="{filename(dataset, format)}"'
    return StreamingResponse(rows, media_type=format.media_type, headers={"Content-Disposition": disposition})


@router.get("/datasets/{reference:path}")
def dataset_page(request: Request, session: DbSession, person: Person, reference: str) -> HTMLResponse:
    """Show one dataset."""
    dataset = queries.get_visible_dataset(session, person, reference)
    is_admin = person.role != Role.ANNOTATOR
    page = DatasetPage(
        dataset=dataset,
        reference=reference,
        team=queries.team_progress(session, [dataset.id])[dataset.id],
        mine=queries.personal_progress(session, person, [dataset.id]).get(dataset.id),
        questions=queries.list_questions(session, dataset),
        annotators=queries.list_annotators(session, dataset) if is_admin else [],
        export_formats=[format_.value for format_ in ExportFormat],
        is_admin=is_admin,
    )
    return page.render(request)
