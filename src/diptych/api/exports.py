"""Datasets as files."""

from collections.abc import Generator
from contextlib import AbstractContextManager
from itertools import chain
from typing import Annotated, Any

from anyio import CancelScope, fail_after
from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from diptych.api.auth import AppDatabase, LateCaller, refuse_annotator
from diptych.core.edge import Router
from diptych.datasets.queries import get_visible_dataset
from diptych.exports.contents import ExportContent
from diptych.exports.copy_out import READER_TIMEOUT, reader_stopped
from diptych.exports.formats import ExportFormat, filename
from diptych.exports.service import export
from diptych.models import RecordStatus

router = Router(tags=["exports"])


class Download(StreamingResponse):
    """A stream that closes its source at the end, even if the client disconnects early or stops reading.

    The ``first`` piece of the ``rest`` was produced before the response begins.
    """

    def __init__(self, first: bytes, rest: Generator[bytes, None, None], **options: Any) -> None:
        super().__init__(chain([first], rest), **options)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces, then close the generator without waiting for the garbage collector."""

        async def send_in_time(message: Message) -> None:
            try:
                with fail_after(READER_TIMEOUT):
                    await send(message)
            except TimeoutError:
                raise reader_stopped() from None

        try:
            await super().__call__(scope, receive, send_in_time)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._rest.close)


@router.get("/datasets/{dataset_id}/export", response_class=StreamingResponse)
def export_dataset(
    request: Request,
    database: AppDatabase,
    deferred: LateCaller,
    dataset_id: str,
    content: Annotated[ExportContent, Query()] = ExportContent.RECORDS,
    format: Annotated[ExportFormat, Query()] = ExportFormat.JSON,  # noqa: A002 - as in the URL
    status: Annotated[RecordStatus | None, Query()] = None,
    with_vectors: bool = False,
) -> StreamingResponse:
    """Stream a content of a dataset, named by its id or name, from one snapshot of the database."""
    # The connection of this session is free again before the download takes its own.
    with deferred.reading() as (session, caller):
        dataset = get_visible_dataset(session, refuse_annotator(caller), dataset_id)
    turn = request.app.state.download_limit.take(caller.id)
    file = export(database, dataset, content=content, format=format, status=status, with_vectors=with_vectors)
    pieces = _during(turn, file)
    # An error up to here is an ordinary response; later ones break the transfer.
    first = next(pieces, b"")
    headers = {"Content-Disposition": f'attachment; filename="{filename(dataset, content, format)}"'}
    return Download(first, pieces, media_type=format.media_type, headers=headers)


def _during(
    turn: AbstractContextManager[None], pieces: Generator[bytes, None, None]
) -> Generator[bytes, None, None]:
    """Yield the pieces, and keep the turn until they end or this generator is closed."""
    with turn:
        yield from pieces
