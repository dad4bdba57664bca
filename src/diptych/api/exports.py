"""Datasets as files."""

from collections.abc import Generator
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from diptych.api.auth import Admin, AppDatabase, DbSession
from diptych.core.edge import Router
from diptych.datasets.queries import get_visible_dataset
from diptych.exports.formats import FORMATS, ExportFormat, filename
from diptych.exports.service import export
from diptych.models import RecordStatus

router = Router(tags=["exports"])


class Download(StreamingResponse):
    """A stream that closes its source at the end, even if the client disconnects early."""

    def __init__(self, pieces: Generator[bytes, None, None], **options: Any) -> None:
        super().__init__(pieces, **options)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces, then close the generator without waiting for the garbage collector."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._pieces.close)


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
    """Stream the records of a dataset, named by its id or name, from one snapshot of the database."""
    dataset = get_visible_dataset(session, caller, dataset_id)
    rows = export(database, dataset, format=format, status=status, with_vectors=with_vectors)
    headers = {"Content-Disposition": f'attachment; filename="{filename(dataset, format)}"'}
    return Download(rows, media_type=FORMATS[format].media_type, headers=headers)
