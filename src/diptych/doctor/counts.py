"""Compares stored counts with rows.

The server can keep running, and annotators do not wait: each comparison is one statement that sees one
moment, and transactions change rows and their counts together. So a difference within a statement is an
error. A repair checks again first, and stays consistent with concurrent changes: it locks a few hundred
records at a time, and adjusts sums by their difference.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.core.db import Database
from diptych.datasets.service import add_to_totals, lock_records
from diptych.doctor.findings import RECOUNT, DatasetRef, Finding, Patient, Tally
from diptych.models import Dataset, RecordStatus
from diptych.records import blocks

_PAGE = 500
# An arbitrary number that all doctors on the same database share.
_LOCK = 0xD0C704
_FIRST = uuid.UUID(int=0)

_WRONG_RECORDS = text("""
WITH page AS (SELECT id, submitted_count, lease_count FROM records
              WHERE dataset_id = :dataset_id AND id > :after ORDER BY id LIMIT :limit),
wrong AS (
    SELECT p.id FROM page p
    CROSS JOIN LATERAL (SELECT count(*) AS submitted FROM responses WHERE dataset_id = :dataset_id
                        AND record_id = p.id AND status = 'submitted' OFFSET 0) answers
    CROSS JOIN LATERAL (SELECT count(*) AS held FROM assignments WHERE dataset_id = :dataset_id
                        AND record_id = p.id OFFSET 0) leases
    WHERE (p.submitted_count, p.lease_count) <> (submitted, held))
SELECT (SELECT id FROM page ORDER BY id DESC LIMIT 1), ARRAY(SELECT id FROM wrong ORDER BY id)
""")
_LOCK_RECORDS = text("""
SELECT id, status FROM records WHERE dataset_id = :dataset_id AND id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
""")
_RECOUNT_RECORDS = text("""
UPDATE records r SET submitted_count = n.submitted, lease_count = n.held,
    updated_at = CASE WHEN (r.submitted_count >= r.min_submitted) <> (n.submitted >= r.min_submitted)
                      THEN now() ELSE r.updated_at END
FROM (SELECT id, (SELECT count(*) FROM responses WHERE dataset_id = :dataset_id AND record_id = id.id
                  AND status = 'submitted') AS submitted,
             (SELECT count(*) FROM assignments WHERE dataset_id = :dataset_id AND record_id = id.id) AS held
      FROM unnest(CAST(:ids AS uuid[])) AS id (id)) n
WHERE r.dataset_id = :dataset_id AND r.id = n.id
RETURNING r.id, r.status
""")

_WRONG_TOTALS = text("""
SELECT r.records - c.records AS records, r.completed - c.completed AS completed
FROM (SELECT count(*) AS records, count(*) FILTER (WHERE status = 'completed') AS completed
      FROM records WHERE dataset_id = :dataset_id) r,
     (SELECT coalesce(sum(records), 0) AS records, coalesce(sum(completed), 0) AS completed
      FROM dataset_counts WHERE dataset_id = :dataset_id) c
WHERE (r.records, r.completed) <> (c.records, c.completed)
""")

_WRONG_PROGRESS = """
SELECT coalesce(a.user_id, p.user_id) AS user_id,
       coalesce(a.submitted, 0) - coalesce(p.submitted, 0) AS submitted,
       coalesce(a.draft, 0) - coalesce(p.draft, 0) AS draft,
       coalesce(a.discarded, 0) - coalesce(p.discarded, 0) AS discarded
FROM (SELECT user_id, count(*) FILTER (WHERE status = 'submitted') AS submitted,
             count(*) FILTER (WHERE status = 'draft') AS draft,
             count(*) FILTER (WHERE status = 'discarded') AS discarded
      FROM responses WHERE dataset_id = :dataset_id GROUP BY user_id) a
FULL JOIN (SELECT * FROM annotator_progress WHERE dataset_id = :dataset_id) p ON p.user_id = a.user_id
WHERE (coalesce(a.submitted, 0), coalesce(a.draft, 0), coalesce(a.discarded, 0))
   <> (coalesce(p.submitted, 0), coalesce(p.draft, 0), coalesce(p.discarded, 0))
"""
_LIST_WRONG_PROGRESS = text(f"""
SELECT u.username FROM ({_WRONG_PROGRESS}) wrong JOIN users u ON u.id = wrong.user_id ORDER BY u.username
""")  # noqa: S608 - a constant
_RECOUNT_PROGRESS = text(f"""
INSERT INTO annotator_progress AS p (dataset_id, user_id, submitted, draft, discarded)
SELECT :dataset_id, user_id, submitted, draft, discarded FROM ({_WRONG_PROGRESS}) wrong ORDER BY user_id
ON CONFLICT (dataset_id, user_id) DO UPDATE SET submitted = p.submitted + excluded.submitted,
    draft = p.draft + excluded.draft, discarded = p.discarded + excluded.discarded
""")  # noqa: S608 - a constant


def check_records(patient: Patient, dataset: DatasetRef) -> Iterator[Finding]:
    """Compare the counts of each record with its answers and leases."""
    wrong = Tally()
    for ids in _pages_of_wrong_records(patient.database, dataset):
        wrong.add(ids)
        if patient.recounts and ids:
            with patient.database.transaction() as session:
                _recount_records(session, dataset, ids)
    if wrong.count:
        problem = f"records with wrong counts of their answers or leases: {wrong}"
        yield _finding(patient, "record counts", dataset, problem)


def check_totals(patient: Patient, dataset: DatasetRef) -> Iterator[Finding]:
    """Compare a dataset's totals with its records."""
    with patient.database.reading() as session:
        wrong = session.execute(_WRONG_TOTALS, _values(dataset)).one_or_none()
    if wrong is None:
        return
    if patient.recounts:
        with patient.database.transaction() as session:
            _take_turns(session)
            for drift in session.execute(_WRONG_TOTALS, _values(dataset)).all():
                add_to_totals(session, dataset.id, records=int(drift.records), completed=int(drift.completed))
    problem = f"the totals are off by {-wrong.records:+,} records and {-wrong.completed:+,} completed ones"
    yield _finding(patient, "dataset totals", dataset, problem)


def check_progress(patient: Patient, dataset: DatasetRef) -> Iterator[Finding]:
    """Compare the counts of each annotator with their answers."""
    wrong = Tally()
    with patient.database.reading() as session:
        wrong.add(session.scalars(_LIST_WRONG_PROGRESS, _values(dataset)).all())
    if not wrong.count:
        return
    if patient.recounts:
        with patient.database.transaction() as session:
            _take_turns(session)
            session.execute(_RECOUNT_PROGRESS, _values(dataset))
    yield _finding(
        patient, "annotator progress", dataset, f"annotators with wrong counts of their answers: {wrong}"
    )


def check_blocks(patient: Patient, dataset: DatasetRef) -> Iterator[Finding]:
    """Compare the blocks, which locate pages of records, with the records."""
    with patient.database.reading() as session:
        wrong = blocks.count_wrong(session, dataset.id)
    if not wrong:
        return
    if patient.recounts:
        with patient.database.transaction() as session:
            found = session.get_one(Dataset, dataset.id)
            lock_records(session, found)
            blocks.rebuild(session, found)
    yield _finding(patient, "record blocks", dataset, f"blocks with wrong counts of their records: {wrong:,}")


def _pages_of_wrong_records(database: Database, dataset: DatasetRef) -> Iterator[list[uuid.UUID]]:
    last: uuid.UUID | None = _FIRST
    while last is not None:
        with database.reading() as session:
            values = {**_values(dataset), "after": last, "limit": _PAGE}
            last, wrong = session.execute(_WRONG_RECORDS, values).one()
        yield wrong


def _recount_records(session: Session, dataset: DatasetRef, ids: list[uuid.UUID]) -> None:
    """Recount some records, locked against answers and claims."""
    values = {**_values(dataset), "ids": ids}
    before, after = (
        sum(status == RecordStatus.COMPLETED for _, status in session.execute(statement, values))
        for statement in (_LOCK_RECORDS, _RECOUNT_RECORDS)
    )
    if completed := after - before:
        add_to_totals(session, dataset.id, completed=completed)


def _take_turns(session: Session) -> None:
    """Wait for another doctor, which would adjust the same sums."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _values(dataset: DatasetRef) -> Mapping[str, Any]:
    return {"dataset_id": dataset.id}


def _finding(patient: Patient, check: str, dataset: DatasetRef, problem: str) -> Finding:
    return Finding(check, dataset.name, problem, RECOUNT, is_repaired=patient.recounts)
