"""An import: look at the file, choose its columns, confirm, and follow the progress."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from diptych.core.edge import Router
from diptych.core.errors import InvalidError
from diptych.core.settings import Settings
from diptych.core.templating import Page
from diptych.datasets.queries import get_visible_dataset
from diptych.imports import jobs
from diptych.imports.columns import known_columns
from diptych.imports.preview import Preview, preview
from diptych.imports.queries import ImportState, Task, get_import
from diptych.imports.schema import load_schema
from diptych.imports.uploads import (
    find_upload,
)
from diptych.jobs.queries import count_ahead, has_worker
from diptych.jobs.service import cancel
from diptych.models import Dataset, JobStatus
from diptych.web.auth import Admin
from diptych.web.datasets.target import AdminTarget
from diptych.web.deps import AppDatabase, AppSettings, DbSession, see_other

router = Router()


@dataclass(kw_only=True)
class OneImport(Page):
    """An import: its progress, the problems in its file, and the first rows while it waits."""

    dataset: Dataset
    reference: str
    state: ImportState
    ahead: int
    has_worker: bool
    preview: Preview | None
    known_columns: Sequence[str]


class MappingForm(BaseModel):
    """The file's column for each known column; an empty text means none."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]


@router.get("/datasets/{reference}/imports/{import_id}")
def one_import(
    request: Request,
    session: DbSession,
    settings: AppSettings,
    person: Admin,
    reference: str,
    import_id: uuid.UUID,
) -> HTMLResponse:
    """Show an import."""
    dataset = get_visible_dataset(session, person, reference)
    state = get_import(session, dataset, import_id)
    is_queued = state.job.status == JobStatus.QUEUED
    known = known_columns(load_schema(session, dataset)) if state.is_waiting else ()
    page = OneImport(
        dataset=dataset,
        reference=reference,
        state=state,
        ahead=count_ahead(session, state.job) if is_queued else 0,
        has_worker=has_worker(session, state.job.data_dir) if is_queued else True,
        preview=_find_preview(settings, import_id, known) if state.is_waiting else None,
        known_columns=known,
    )
    return page.render(request)


@router.post("/datasets/{reference}/imports/{import_id}/check")
def check_import(
    request: Request,
    target: AdminTarget,
    database: AppDatabase,
    settings: AppSettings,
    reference: str,
    import_id: uuid.UUID,
    form: Annotated[MappingForm, Form()],
) -> RedirectResponse:
    """Check the file again with other columns."""
    dataset, person = target.dataset, target.person
    with database.transaction() as session:
        known = known_columns(load_schema(session, dataset))
        get_import(session, dataset, import_id)
        mapping = {name: column for name, column in form.model_dump().items() if column and name in known}
        found = _find_preview(settings, import_id, known)
        if found is None or not set(mapping.values()).issubset(found.columns):
            raise InvalidError("The file has no such column.")
        jobs.start(session, settings, dataset, person, import_id, Task.CHECK, mapping=mapping)
    return see_other(request, "one_import", reference=reference, import_id=import_id)


@router.post("/datasets/{reference}/imports/{import_id}/run")
def run_import(
    request: Request,
    target: AdminTarget,
    database: AppDatabase,
    settings: AppSettings,
    reference: str,
    import_id: uuid.UUID,
    *,
    skip_bad_rows: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Start to import the file."""
    with database.transaction() as session:
        jobs.start(
            session,
            settings,
            target.dataset,
            target.person,
            import_id,
            Task.IMPORT,
            skip_bad_rows=skip_bad_rows,
        )
    return see_other(request, "one_import", reference=reference, import_id=import_id)


@router.post("/datasets/{reference}/imports/{import_id}/cancel")
def cancel_import(
    request: Request,
    target: AdminTarget,
    database: AppDatabase,
    reference: str,
    import_id: uuid.UUID,
) -> RedirectResponse:
    """Cancel the check or the import of the file, which stays uploaded."""
    with database.transaction() as session:
        cancel(session, get_import(session, target.dataset, import_id).job.id)
    return see_other(request, "one_import", reference=reference, import_id=import_id)


def _find_preview(settings: Settings, import_id: uuid.UUID, known: Sequence[str]) -> Preview | None:
    upload = find_upload(settings, import_id)
    return preview(upload[0], known) if upload else None
