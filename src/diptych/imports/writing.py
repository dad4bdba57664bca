"""From the staging table into the dataset, in the transaction of the import."""

import uuid
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from diptych.datasets.service import add_to_totals
from diptych.imports.staging import Counts, Extras, Span
from diptych.models import Dataset, RecordOrder
from diptych.records import blocks
from diptych.responses import bulk
from diptych.responses.bulk import STAGED
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

_COUNT_STAGED = text(f"""
SELECT count(*), count(DISTINCT user_id)
                 FILTER (WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = user_id)) FROM {STAGED}
""")  # noqa: S608 - a constant
_LIST_AUTHORS = text(f"SELECT DISTINCT user_id FROM {STAGED}")  # noqa: S608 - a constant

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


def stage_responses(session: Session, dataset: Dataset, *, replaces: bool = False) -> tuple[int, int]:
    """Set the responses apart that are to be written; ``staging.find_known`` has locked their records.

    Those are the responses that are not here yet and, if the batch ``replaces`` what is here, those that
    differ from it. Returns how many they are, and how many unknown people gave them.
    """
    bulk.stage_responses(session, dataset, table="staged", replaces=replaces)
    responses, people = session.execute(_COUNT_STAGED).one()
    return responses, people


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
    responses: int,
    actor_id: uuid.UUID | None,
) -> None:
    """Write what is staged beside the new records; of the responses, those that were set apart, if any."""
    if counts.new:
        blocks.append(session, dataset, since=since)
    if counts.updated:
        _expect_many(session, counts.updated)
        session.execute(_UPDATE_RECORDS, {"dataset_id": dataset.id})
    if extras.pictures:
        write_pictures(session, dataset)
    if extras.suggestions:
        write_suggestions(session, dataset)
    if extras.vectors:
        write_vectors(session, dataset)
    # Progress and totals, which others who answer wait for, are locked at the end only.
    if responses:
        write_responses(session, dataset, responses, actor_id=actor_id)
    if counts.new:
        add_to_totals(session, dataset.id, records=counts.new)


def write_pictures(session: Session, dataset: Dataset) -> None:
    """Note the stored images, and that this dataset shows them."""
    session.execute(_INSERT_MEDIA)
    session.execute(_INSERT_DATASET_MEDIA, {"dataset_id": dataset.id})


def write_responses(
    session: Session, dataset: Dataset, responses: int, *, actor_id: uuid.UUID | None
) -> None:
    """Write the responses that were set apart, and add those of their authors who are unknown."""
    ids = iter(session.scalars(_LIST_AUTHORS).all())
    while some := list(islice(ids, _PEOPLE)):
        ensure_people(session, some)
    _expect_many(session, responses)
    bulk.write_staged(session, dataset, actor_id=actor_id)


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
