"""Datasets as files."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from diptych.api.auth import Admin, AppDatabase, DbSession
from diptych.datasets.queries import get_visible_dataset
from diptych.exports.formats import FORMATS, ExportFormat, filename
from diptych.exports.service import export
from diptych.models import RecordStatus

router = APIRouter(tags=["exports"])


@router.get("/datasets/{dataset_id}/export", response_class=StreamingResponse)
def export_dataset(
    session: DbSession,
    database: AppDatabase,
    caller: Admin,
    dataset_id: str,
    format: Annotated[ExportFormat, Query()] = ExportFormat.JSON,  # noqa: A002 - as in the URL
    status: Annotated[RecordStatus | None, Query()] = None,
    with_vectors: bool = False,
) -> StreamingResponse:
    """Stream the records of a dataset, called by its id or its name, from one moment of the database."""
    dataset = get_visible_dataset(session, caller, dataset_id)
    rows = export(database, dataset, format=format, status=status, with_vectors=with_vectors)
    headers = {"Content-Disposition": f'attachment; filename="{filename(dataset, format)}"'}
    return StreamingResponse(rows, media_type=FORMATS[format].media_type, headers=headers)
