"""Exports a snapshot of a dataset as a stream of bytes."""

from collections.abc import Callable, Generator

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.core.db import Database
from diptych.core.errors import NotFoundError
from diptych.datasets.queries import get_settings
from diptych.exports.contents import ExportContent
from diptych.exports.copy_out import READER_TIMEOUT
from diptych.exports.formats import ExportFormat, check_combination
from diptych.exports.selection import Selection
from diptych.exports.statistics import refresh_statistics
from diptych.models import Dataset, RecordStatus

# Also the first statement of the transaction, whose snapshot is that of this moment.
_ALLOW_PAUSES = text("SELECT set_config('idle_in_transaction_session_timeout', :pause, true)")


def export(
    database: Database,
    dataset: Dataset,
    *,
    content: ExportContent = ExportContent.RECORDS,
    format: ExportFormat,  # noqa: A002 - the natural name
    status: RecordStatus | None = None,
    with_vectors: bool = False,
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> Generator[bytes, None, None]:
    """Yield a file with a content of a dataset, as of the request for its first piece.

    ``status`` selects the records with this status. ``on_progress`` gets the number of rows in each piece.
    Memory does not grow with the dataset. Closing the generator ends the transaction.

    Raises at the first piece: ``InvalidError`` for a content that the format cannot hold, ``NotFoundError``
    if the dataset no longer exists.
    """
    check_combination(content, format, with_vectors=with_vectors)
    refresh_statistics(database)
    with database.snapshot() as session:
        session.execute(_ALLOW_PAUSES, {"pause": f"{READER_TIMEOUT}s"})
        selection = _select(session, dataset, status=status, with_vectors=with_vectors)
        for piece in format.write(session, selection, content):
            if piece.data:
                yield piece.data
            on_progress(piece.rows)


def _select(
    session: Session, dataset: Dataset, *, status: RecordStatus | None, with_vectors: bool
) -> Selection:
    if session.get(Dataset, dataset.id) is None:
        raise NotFoundError(f"The dataset {dataset.name!r} no longer exists.", dataset=str(dataset.id))
    return Selection(dataset.id, get_settings(session, dataset), status, with_vectors)
