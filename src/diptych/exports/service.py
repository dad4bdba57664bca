"""Exports a snapshot of a dataset as a stream of bytes."""

from collections.abc import Callable, Generator

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.core.db import Database
from diptych.core.errors import NotFoundError
from diptych.datasets.queries import get_settings
from diptych.exports.copy_out import READER_TIMEOUT
from diptych.exports.formats import FORMATS, ExportFormat
from diptych.exports.selection import Selection
from diptych.exports.statistics import refresh_statistics
from diptych.models import Dataset, RecordStatus

_SETTINGS = (("idle_in_transaction_session_timeout", f"{READER_TIMEOUT}s"),)


def export(
    database: Database,
    dataset: Dataset,
    *,
    format: ExportFormat,  # noqa: A002 - the natural name
    status: RecordStatus | None = None,
    with_vectors: bool = False,
    on_progress: Callable[[int], None] = lambda _records: None,
) -> Generator[bytes, None, None]:
    """Yield a file with the records of a dataset, as of the request for its first piece.

    ``status`` selects the records with this status. ``on_progress`` gets the number of records in each piece.
    Memory does not grow with the dataset. Closing the generator ends the transaction.

    Raises ``NotFoundError`` at the first piece if the dataset no longer exists.
    """
    refresh_statistics(database)
    with database.snapshot() as session:
        selection = _select(session, dataset, status=status, with_vectors=with_vectors)
        for piece in FORMATS[format].write(session, selection):
            if piece.data:
                yield piece.data
            on_progress(piece.records)


def _select(
    session: Session, dataset: Dataset, *, status: RecordStatus | None, with_vectors: bool
) -> Selection:
    for name, value in _SETTINGS:
        session.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})
    if session.get(Dataset, dataset.id) is None:
        raise NotFoundError(f"The dataset {dataset.name!r} no longer exists.", dataset=str(dataset.id))
    return Selection(dataset.id, get_settings(session, dataset), status, with_vectors)
