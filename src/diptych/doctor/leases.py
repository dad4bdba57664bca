"""Finds leases that are not needed: of annotators who have answered, and expired ones."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import TextClause, text

from diptych.assignments.leases import LeaseKey, counts_lowered, leases_ended, leases_overdue
from diptych.core.statements import Plan, Query, run
from diptych.doctor.findings import RECOUNT, DatasetRef, Finding, Patient

_CHUNK = 200

_ANSWERED = """
FROM assignments a WHERE a.dataset_id = {dataset_id} AND EXISTS (
    SELECT FROM responses WHERE dataset_id = a.dataset_id AND record_id = a.record_id AND user_id = a.user_id)
"""
_COUNT_ANSWERED = text(f"SELECT count(*) {_ANSWERED.format(dataset_id=':dataset_id')}")
_LOCK_ANSWERED = f"""
SELECT a.dataset_id, a.record_id, a.user_id
FROM assignments a JOIN records r ON r.dataset_id = a.dataset_id AND r.id = a.record_id
WHERE (a.dataset_id, a.record_id, a.user_id) IN (
    SELECT a.dataset_id, a.record_id, a.user_id {_ANSWERED.format(dataset_id="%(dataset_id)s")})
ORDER BY a.record_id LIMIT %(limit)s FOR UPDATE OF a, r SKIP LOCKED
"""  # noqa: S608 - a constant
_COUNT_OVERDUE = text(
    "SELECT count(*) FROM assignments WHERE dataset_id = :dataset_id AND expires_at <= now()"
)


def check_leases(patient: Patient, dataset: DatasetRef) -> Iterator[Finding]:
    """Look for leases on records that their holders have answered, and for expired ones."""
    if answered := _count(patient, dataset, _COUNT_ANSWERED):
        if patient.recounts:
            _end_all(patient, Query(_LOCK_ANSWERED, {"dataset_id": dataset.id, "limit": _CHUNK}, _read))
        is_over = not _count(patient, dataset, _COUNT_ANSWERED)
        problem = f"leases of annotators who have already answered the record: {answered:,}"
        yield Finding("leases", dataset.name, problem, RECOUNT, is_repaired=patient.recounts and is_over)
    if overdue := _count(patient, dataset, _COUNT_OVERDUE):
        if patient.recounts:
            _end_all(patient, leases_overdue(dataset.id))
        problem = f"expired leases: {overdue:,}"
        remedy = "the next annotator who requests a record ends them"
        yield Finding("leases", dataset.name, problem, remedy, is_note=True, is_repaired=patient.recounts)


def _count(patient: Patient, dataset: DatasetRef, statement: TextClause) -> int:
    with patient.database.reading() as session:
        return session.scalar(statement, {"dataset_id": dataset.id}) or 0


def _read(rows: Iterable[Sequence[Any]]) -> Sequence[LeaseKey]:
    return [(dataset_id, record_id, user_id) for dataset_id, record_id, user_id in rows]


def _end_all(patient: Patient, locked: Query[Sequence[LeaseKey]]) -> None:
    """End the leases that a query finds and locks, some per transaction, until it finds no more.

    Leases that an answer or a claim has locked are skipped.
    """
    ended = 1
    while ended:
        with patient.database.transaction() as session:
            ended = run(session, _end(locked))


def _end(locked: Query[Sequence[LeaseKey]]) -> Plan[int]:
    (leases,) = yield [locked]
    if leases:
        yield [leases_ended(leases), counts_lowered(leases)]
    return len(leases)
