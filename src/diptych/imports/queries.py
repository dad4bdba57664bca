"""Which files were uploaded, and how far their imports are."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from diptych.core import clock
from diptych.core.errors import NotFoundError
from diptych.models import Dataset, Import, ImportStatus, User

# A running import writes down how far it is every second or so; after this it is not running any more.
HEARTBEAT_TIMEOUT = timedelta(seconds=30)
SHOWN = 50


@dataclass(frozen=True)
class ImportState:
    """An import, who uploaded the file, and whether it stopped in the middle with the process it ran in."""

    import_: Import
    username: str
    is_interrupted: bool

    @property
    def is_running(self) -> bool:
        """Whether a process works on it now."""
        return self.import_.status == ImportStatus.RUNNING and not self.is_interrupted

    @property
    def is_waiting(self) -> bool:
        """Whether an admin has to decide whether to import the file, which is deleted afterwards."""
        return not self.is_running and self.import_.status != ImportStatus.DONE


def is_stale() -> ColumnElement[bool]:
    """Return the SQL condition that an import runs, but has not been heard of for too long."""
    return and_(Import.status == ImportStatus.RUNNING, Import.updated_at < clock.now() - HEARTBEAT_TIMEOUT)


def list_imports(session: Session, dataset: Dataset) -> Sequence[ImportState]:
    """Return the latest imports into a dataset, the last one first."""
    statement = (
        select(Import, User.username, is_stale())
        .join(User, User.id == Import.user_id)
        .where(Import.dataset_id == dataset.id)
        .order_by(Import.inserted_at.desc(), Import.id.desc())
        .limit(SHOWN)
    )
    return [ImportState(*row) for row in session.execute(statement)]


def get_import(session: Session, dataset: Dataset, import_id: uuid.UUID) -> ImportState:
    """Return an import into a dataset, or raise ``NotFoundError``."""
    statement = (
        select(Import, User.username, is_stale())
        .join(User, User.id == Import.user_id)
        .where(Import.dataset_id == dataset.id, Import.id == import_id)
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFoundError("There is no such import.")
    return ImportState(*row)
