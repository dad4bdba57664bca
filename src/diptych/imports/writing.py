"""From the staging table into the dataset, in the transaction of the import."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from diptych.datasets.service import add_to_totals
from diptych.imports.staging import Counts, Extras, Span
from diptych.models import Dataset, RecordOrder
from diptych.records import blocks
from diptych.users.service import ensure_people

# People who are looked up at once.
_PEOPLE = 1_000
# Rows from which on it matters how the database joins them.
_MANY = 1_000

# The order of the file becomes the order of the server, a microsecond for each row.
# A row without fields is of a record that is there.
_INSERT_RECORDS = text("""
INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted,
                     inserted_at, updated_at)
SELECT :dataset_id, s.id, s.external_id, s.fields, s.metadata,
       CASE WHEN :in_order
            THEN CAST(extract(epoch FROM CAST(:since AS timestamptz)) * 1000000 AS bigint) + s.n
            ELSE CAST(random() * 4611686018427387904 AS bigint) END,
       :min_submitted, :since + s.n * interval '1 microsecond', :since + s.n * interval '1 microsecond'
FROM staged s WHERE s.n BETWEEN :first AND :last AND s.fields IS NOT NULL
ON CONFLICT (dataset_id, id) DO NOTHING
""")

_UPDATE_RECORDS = text("""
UPDATE records r SET fields = coalesce(s.fields, r.fields), updated_at = now(),
    metadata = CASE WHEN k.has_new_metadata THEN s.metadata ELSE r.metadata END
FROM known k JOIN staged s ON s.n = k.n
WHERE r.dataset_id = :dataset_id AND r.id = k.id AND (k.has_new_fields OR k.has_new_metadata)
""")

# In the order of the keys, so that two imports of the same pictures never wait for each other.
_INSERT_MEDIA = text("""
INSERT INTO media (key, content_type, width, height, size)
SELECT DISTINCT ON (p.key) p.* FROM staged s, json_to_recordset(s.pictures)
    AS p (key text, content_type text, width integer, height integer, size integer)
WHERE p.content_type IS NOT NULL ORDER BY p.key
ON CONFLICT DO NOTHING
""")
_INSERT_DATASET_MEDIA = text("""
INSERT INTO dataset_media (dataset_id, media_key)
SELECT DISTINCT CAST(:dataset_id AS uuid), p.key FROM staged s, json_to_recordset(s.pictures) AS p (key text)
ORDER BY p.key
ON CONFLICT DO NOTHING
""")

# An answer that is here already stays as it is, or gives way to a different one. It is looked for among those
# to its record: the cast keeps the planner from looking among those of its author, who may have a million.
_STAGE_ANSWERS = text("""
CREATE TEMPORARY TABLE new_answers ON COMMIT DROP AS
SELECT s.id AS record_id, a.*, old.status AS old_status,
       row_number() OVER (ORDER BY s.n, a.ordinality) AS place
FROM staged s CROSS JOIN ROWS FROM (json_to_recordset(s.answers)
    AS (id uuid, event_id uuid, user_id uuid, status text, "values" json)) WITH ORDINALITY AS a
LEFT JOIN LATERAL (SELECT status, "values" FROM responses WHERE dataset_id = :dataset_id
                   AND record_id = s.id AND CAST(user_id AS text) = CAST(a.user_id AS text) OFFSET 0)
    old ON true
WHERE old.status IS NULL
   OR (:replace AND (old.status, CAST(old."values" AS text)) <> (a.status, CAST(a."values" AS text)))
""")
# Whoever answers locks the record first, so nobody does until these are counted.
_LOCK_ANSWERED = text("""
SELECT FROM (SELECT id FROM staged WHERE answers IS NOT NULL ORDER BY id) a
CROSS JOIN LATERAL (SELECT FROM records WHERE dataset_id = :dataset_id AND id = a.id FOR UPDATE) r
""")
_INSERT_ANSWERS = text("""
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status, inserted_at, updated_at)
SELECT :dataset_id, record_id, user_id, id, "values", status,
       now() + place * interval '1 microsecond', now() + place * interval '1 microsecond'
FROM new_answers ORDER BY place
ON CONFLICT (dataset_id, record_id, user_id) DO UPDATE
SET "values" = excluded."values", status = excluded.status, updated_at = excluded.updated_at,
    revision = responses.revision + 1, skip_reason = NULL
""")
_INSERT_EVENTS = text("""
INSERT INTO response_events (dataset_id, id, record_id, user_id, actor_id, status, "values", inserted_at)
SELECT :dataset_id, event_id, record_id, user_id, CAST(:actor_id AS uuid), status, "values",
       now() + place * interval '1 microsecond'
FROM new_answers ORDER BY place
""")
_COUNT_PROGRESS = text("""
INSERT INTO annotator_progress AS p (dataset_id, user_id, submitted, draft, discarded)
SELECT :dataset_id, user_id, sum(submitted), sum(draft), sum(discarded)
FROM (SELECT user_id,
             CAST(status = 'submitted' AS int) - CAST(before = 'submitted' AS int) AS submitted,
             CAST(status = 'draft' AS int) - CAST(before = 'draft' AS int) AS draft,
             CAST(status = 'discarded' AS int) - CAST(before = 'discarded' AS int) AS discarded
      FROM (SELECT user_id, status, coalesce(old_status, '') AS before FROM new_answers) answers) moves
GROUP BY user_id ORDER BY user_id
ON CONFLICT (dataset_id, user_id) DO UPDATE SET submitted = p.submitted + excluded.submitted,
    draft = p.draft + excluded.draft, discarded = p.discarded + excluded.discarded, updated_at = now()
""")
_COUNT_COMPLETED = text("""
SELECT count(*) FILTER (WHERE r.status = 'completed') FROM (SELECT DISTINCT record_id FROM new_answers) a
CROSS JOIN LATERAL (SELECT status FROM records WHERE dataset_id = :dataset_id AND id = a.record_id OFFSET 0) r
""")
_COUNT_SUBMITTED = text("""
UPDATE records r SET submitted_count = r.submitted_count + a.submitted,
    updated_at = CASE WHEN (r.submitted_count >= r.min_submitted)
                        <> (r.submitted_count + a.submitted >= r.min_submitted)
                      THEN greatest(r.updated_at, now()) ELSE r.updated_at END
FROM (SELECT record_id, sum(CAST(status = 'submitted' AS int)
                            - coalesce(CAST(old_status = 'submitted' AS int), 0)) AS submitted
      FROM new_answers GROUP BY record_id) a
WHERE r.dataset_id = :dataset_id AND r.id = a.record_id AND a.submitted <> 0
""")

_UPSERT_SUGGESTIONS = text("""
INSERT INTO suggestions AS old (dataset_id, record_id, question_id, id, value, score, agent, type)
SELECT :dataset_id, s.id, g.question_id, g.id, g.value, g.score, g.agent, g.type
FROM staged s, json_to_recordset(s.suggestions)
    AS g (question_id uuid, id uuid, value json, score json, agent text, type text)
ORDER BY s.n
ON CONFLICT (dataset_id, record_id, question_id) DO UPDATE
SET value = excluded.value, score = excluded.score, agent = excluded.agent, type = excluded.type,
    updated_at = now()
WHERE (CAST(old.value AS text), CAST(old.score AS text), old.agent, old.type) IS DISTINCT FROM
      (CAST(excluded.value AS text), CAST(excluded.score AS text), excluded.agent, excluded.type)
""")
_UPSERT_VECTORS = text("""
INSERT INTO vectors AS old (dataset_id, record_id, vectors_settings_id, value)
SELECT :dataset_id, s.id, v.vectors_settings_id, CAST(v.value AS vector)
FROM staged s, json_to_recordset(s.vectors) AS v (vectors_settings_id uuid, value text)
ORDER BY s.n
ON CONFLICT (dataset_id, record_id, vectors_settings_id) DO UPDATE SET value = excluded.value
WHERE old.value <> excluded.value
""")


def stage_answers(session: Session, dataset: Dataset, *, replace: bool = False) -> tuple[int, int]:
    """Set the answers apart that are to be written, and keep others from answering these records meanwhile.

    Those are the answers that are not here yet and, to ``replace`` what is here, those that differ from it.
    Returns how many they are, and how many unknown people gave them.
    """
    session.execute(_LOCK_ANSWERED, {"dataset_id": dataset.id})
    session.execute(_STAGE_ANSWERS, {"dataset_id": dataset.id, "replace": replace})
    strangers = "count(DISTINCT user_id) FILTER (WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = user_id))"
    answers, people = session.execute(text(f"SELECT count(*), {strangers} FROM new_answers")).one()  # noqa: S608
    return answers, people


def insert_records(session: Session, dataset: Dataset, span: Span, *, since: datetime) -> int:
    """Insert the records of some rows unless they are there; return how many were new.

    ``since`` is ``blocks.next_moment`` at the begin of it all, and the caller holds ``lock_records``.
    """
    first, last = span
    values = {
        "dataset_id": dataset.id,
        "min_submitted": dataset.min_submitted,
        "in_order": dataset.record_order == RecordOrder.IMPORT,
        "since": since,
        "first": first,
        "last": last,
    }
    inserted: CursorResult[Any] = session.connection().execute(_INSERT_RECORDS, values)
    return inserted.rowcount


def write_rest(
    session: Session,
    dataset: Dataset,
    counts: Counts,
    extras: Extras,
    *,
    since: datetime,
    answers: int,
    actor_id: uuid.UUID | None,
) -> None:
    """Write what is staged beside the new records; of the answers, those that were set apart, if any."""
    completed = 0
    if counts.new:
        blocks.append(session, dataset, since=since)
    if counts.updated:
        _expect_many(session, counts.updated)
        session.execute(_UPDATE_RECORDS, {"dataset_id": dataset.id})
    if extras.pictures:
        write_pictures(session, dataset)
    if answers:
        completed = write_answers(session, dataset, answers, actor_id=actor_id)
    if extras.suggestions:
        write_suggestions(session, dataset)
    if extras.vectors:
        write_vectors(session, dataset)
    if counts.new or completed:
        add_to_totals(session, dataset.id, records=counts.new, completed=completed)


def write_pictures(session: Session, dataset: Dataset) -> None:
    """Note the stored images, and that this dataset shows them."""
    session.execute(_INSERT_MEDIA)
    session.execute(_INSERT_DATASET_MEDIA, {"dataset_id": dataset.id})


def write_answers(session: Session, dataset: Dataset, answers: int, *, actor_id: uuid.UUID | None) -> int:
    """Insert the answers that were set apart, count them, and return how many records they completed."""
    values: Mapping[str, Any] = {"dataset_id": dataset.id, "actor_id": actor_id}
    _ensure_authors(session)
    session.execute(_INSERT_ANSWERS, values)
    session.execute(_INSERT_EVENTS, values)
    session.execute(_COUNT_PROGRESS, values)
    before = session.scalar(_COUNT_COMPLETED, values) or 0
    _expect_many(session, answers)
    session.execute(_COUNT_SUBMITTED, values)
    after = session.scalar(_COUNT_COMPLETED, values) or 0
    return after - before


def write_suggestions(session: Session, dataset: Dataset) -> None:
    """Insert suggestions; a question of a record has one, and the file's replaces it."""
    session.execute(_UPSERT_SUGGESTIONS, {"dataset_id": dataset.id})


def write_vectors(session: Session, dataset: Dataset) -> None:
    """Insert vectors; the file's replaces the one that is there."""
    session.execute(_UPSERT_VECTORS, {"dataset_id": dataset.id})


def analyze(session: Session, counts: Counts) -> None:
    """Let the database count the records if they have become many more, so that it plans for them at once."""
    if counts.new > _MANY:
        session.execute(text("ANALYZE records"))


def _expect_many(session: Session, rows: int) -> None:
    """Keep the next updates from comparing every row with every record; see ``staging``."""
    if rows > _MANY:
        session.execute(text("SET LOCAL enable_nestloop = off"))


def _ensure_authors(session: Session) -> None:
    ids = iter(session.scalars(text("SELECT DISTINCT user_id FROM new_answers")).all())
    while some := list(islice(ids, _PEOPLE)):
        ensure_people(session, some)
