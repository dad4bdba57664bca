"""Runs all checks."""

from collections.abc import Callable, Iterator

from sqlalchemy import func, select

from diptych.core import clock, migrations
from diptych.doctor import counts, leases, pictures
from diptych.doctor.findings import DatasetRef, Finding, Patient
from diptych.models import Dataset, Invitation, LoginSession

_IN_DATASETS = (
    leases.check_leases,
    counts.check_records,
    counts.check_totals,
    counts.check_progress,
    counts.check_blocks,
    pictures.check_shown,
)
_IN_ALL = (pictures.check_files, pictures.check_strays)


def examine(patient: Patient, *, on_progress: Callable[[int, int], None]) -> Iterator[Finding]:
    """Yield all findings; with ``patient.recounts``, fix wrong counts.

    The server can keep running: each statement reads one dataset or a part of it, and locks last only as long
    as recounting a few hundred records. ``on_progress`` gets the number of checked datasets and the total.
    """
    if finding := _check_revision(patient):
        # The other checks need the tables of this version.
        yield finding
        return
    with patient.database.reading() as session:
        found = session.execute(select(Dataset.id, Dataset.name).order_by(Dataset.inserted_at)).all()
    for number, (id_, name) in enumerate(found):
        on_progress(number, len(found))
        for check in _IN_DATASETS:
            yield from check(patient, DatasetRef(id_, name))
    for check_all in _IN_ALL:
        yield from check_all(patient)
    yield from _check_logins(patient)


def _check_revision(patient: Patient) -> Finding | None:
    with patient.database.engine.connect() as connection:
        current = migrations.current_revision(connection)
    if current is not None:
        migrations.refuse_newer(current)
    if current == migrations.head():
        return None
    problem = f"the tables are at revision {current or 'none'}, but this version needs {migrations.head()}"
    return Finding("revision", "database", problem, "diptych db upgrade")


def _check_logins(patient: Patient) -> Iterator[Finding]:
    with patient.database.reading() as session:
        for table, what, remedy in (
            (LoginSession, "expired logins", "the next login deletes them"),
            (Invitation, "expired one-time links", "nothing; they no longer work"),
        ):
            expired = select(func.count()).select_from(table).where(table.expires_at <= clock.now())
            if count := session.scalar(expired):
                yield Finding("logins", "database", f"{what}: {count:,}", remedy, is_note=True)
