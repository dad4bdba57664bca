"""The pages for imports: upload a file, preview it, confirm, and follow the progress."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import Depends, Form
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from diptych.core.db import Database, new_id
from diptych.core.edge import Router
from diptych.core.errors import InvalidError
from diptych.core.settings import Settings
from diptych.core.templating import Page
from diptych.datasets.queries import get_visible_dataset
from diptych.imports import jobs
from diptych.imports.columns import known_columns
from diptych.imports.preview import Preview, preview
from diptych.imports.queries import ImportState, Task, get_import, list_imports
from diptych.imports.schema import load_schema
from diptych.imports.uploads import (
    discard_old_uploads,
    discard_upload,
    find_upload,
    plain_name,
    store_upload,
)
from diptych.jobs.queries import count_ahead, has_worker
from diptych.jobs.service import cancel
from diptych.models import Dataset, User
from diptych.web.auth import Admin, find_person, get_admin, get_person
from diptych.web.deps import AppDatabase, AppSettings, DbSession, see_other

router = Router()

# How many pictures can be uploaded with a file; for more, use the command.
PICTURES = 2_000


@dataclass(kw_only=True)
class ImportsPage(Page):
    """The upload form, and the imports so far."""

    dataset: Dataset
    reference: str
    imports: Sequence[ImportState]
    max_upload_mb: int
    max_pictures: int


@dataclass(kw_only=True)
class ImportPage(Page):
    """An import: its progress, the problems in its file, and the first rows while it waits."""

    dataset: Dataset
    reference: str
    state: ImportState
    ahead: int
    has_worker: bool
    preview: Preview | None
    known_columns: Sequence[str]


@dataclass(frozen=True)
class Target:
    """The user who imports, and the dataset."""

    person: User
    dataset: Dataset


def get_target(request: Request, database: AppDatabase, reference: str) -> Target:
    """Return the user and the dataset, in a transaction that ends before the body is read.

    Reading the body may take minutes, too long to hold a connection. Users who may not import are refused
    before they send a body.
    """
    with database.transaction() as session:
        person = get_admin(get_person(find_person(request, session)))
        return Target(person, get_visible_dataset(session, person, reference))


Caller = Annotated[Target, Depends(get_target, scope="function")]


class MappingForm(BaseModel):
    """The file's column for each known column; an empty text means none."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]


@router.get("/datasets/{reference:path}/imports")
def imports_page(
    request: Request, session: DbSession, settings: AppSettings, person: Admin, reference: str
) -> HTMLResponse:
    """Show the upload form."""
    dataset = get_visible_dataset(session, person, reference)
    page = ImportsPage(
        dataset=dataset,
        reference=reference,
        imports=list_imports(session, dataset),
        max_upload_mb=settings.max_upload_mb,
        max_pictures=PICTURES,
    )
    return page.render(request)


@router.post("/datasets/{reference:path}/imports")
async def upload_import(
    request: Request,
    target: Caller,
    database: AppDatabase,
    settings: AppSettings,
    reference: str,
) -> RedirectResponse:
    """Store an uploaded file and start to check it."""
    async with request.form(max_files=PICTURES + 1, max_fields=10) as form:
        import_id = await run_in_threadpool(_receive, database, settings, target, form)
    return see_other(request, "import_page", reference=reference, import_id=import_id)


@router.get("/datasets/{reference:path}/imports/{import_id}")
def import_page(
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
    known = known_columns(load_schema(session, dataset))
    page = ImportPage(
        dataset=dataset,
        reference=reference,
        state=state,
        ahead=count_ahead(session, state.job),
        has_worker=has_worker(session, state.job.data_dir),
        preview=_find_preview(settings, import_id, known) if state.is_waiting else None,
        known_columns=known,
    )
    response = page.render(request)
    if state.is_open:
        response.headers["Refresh"] = "1"
    return response


@router.post("/datasets/{reference:path}/imports/{import_id}/check")
def check_import(
    request: Request,
    target: Caller,
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
    return see_other(request, "import_page", reference=reference, import_id=import_id)


@router.post("/datasets/{reference:path}/imports/{import_id}/run")
def run_import(
    request: Request,
    target: Caller,
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
    return see_other(request, "import_page", reference=reference, import_id=import_id)


@router.post("/datasets/{reference:path}/imports/{import_id}/cancel")
def cancel_import(
    request: Request,
    target: Caller,
    database: AppDatabase,
    reference: str,
    import_id: uuid.UUID,
) -> RedirectResponse:
    """Cancel the check or the import of the file, which stays uploaded."""
    with database.transaction() as session:
        cancel(session, get_import(session, target.dataset, import_id).job.id)
    return see_other(request, "import_page", reference=reference, import_id=import_id)


def _receive(database: Database, settings: Settings, target: Target, form: FormData) -> uuid.UUID:
    """Store the uploaded files and start to check them."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise InvalidError("Please choose a file.")
    import_id = new_id()
    with database.transaction() as session:
        known = known_columns(load_schema(session, target.dataset))
    discard_old_uploads(settings)
    path = store_upload(settings, import_id, file.filename, file.file, _pictures(form))
    try:
        found = preview(path, known)
    except InvalidError:
        discard_upload(settings, import_id)
        raise
    with database.transaction() as session:
        jobs.create_import(
            session,
            settings,
            target.dataset,
            target.person,
            import_id=import_id,
            name=plain_name(file.filename),
            mapping=found.mapping,
        )
    return import_id


def _pictures(form: FormData) -> Iterator[tuple[str, BinaryIO]]:
    for picture in form.getlist("pictures"):
        # A browser sends an empty file if the user chose none.
        if isinstance(picture, UploadFile) and picture.filename:
            yield picture.filename, picture.file


def _find_preview(settings: Settings, import_id: uuid.UUID, known: Sequence[str]) -> Preview | None:
    upload = find_upload(settings, import_id)
    return preview(upload[0], known) if upload else None
