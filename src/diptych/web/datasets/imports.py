"""The imports of a dataset, and the form that uploads a file."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from fastapi.concurrency import run_in_threadpool
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
from diptych.imports.preview import preview
from diptych.imports.queries import ImportState, list_imports
from diptych.imports.schema import load_schema
from diptych.imports.uploads import discard_old_uploads, discard_upload, plain_name, store_upload
from diptych.models import Dataset
from diptych.web.auth import Admin
from diptych.web.datasets.target import AdminTarget, Target
from diptych.web.deps import AppDatabase, AppSettings, DbSession, see_other

router = Router()

# How many pictures can be uploaded with a file; for more, use the command.
PICTURES = 2_000


@dataclass(kw_only=True)
class Imports(Page):
    """The upload form, and the imports so far."""

    dataset: Dataset
    reference: str
    imports: Sequence[ImportState]
    max_upload_mb: int
    max_pictures: int


@router.get("/datasets/{reference}/imports")
def imports(
    request: Request, session: DbSession, settings: AppSettings, person: Admin, reference: str
) -> HTMLResponse:
    """Show the upload form."""
    dataset = get_visible_dataset(session, person, reference)
    page = Imports(
        dataset=dataset,
        reference=reference,
        imports=list_imports(session, dataset),
        max_upload_mb=settings.max_upload_mb,
        max_pictures=PICTURES,
    )
    return page.render(request)


@router.post("/datasets/{reference}/imports")
async def upload_import(
    request: Request,
    target: AdminTarget,
    database: AppDatabase,
    settings: AppSettings,
    reference: str,
) -> RedirectResponse:
    """Store an uploaded file and start to check it."""
    async with request.form(max_files=PICTURES + 1, max_fields=10) as form:
        import_id = await run_in_threadpool(_receive, database, settings, target, form)
    return see_other(request, "one_import", reference=reference, import_id=import_id)


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
