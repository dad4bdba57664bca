"""The rows of a file in a temporary table: what is wrong with them together, and what is new in them.

Everything here works on whole sets in the database, so that the memory of this process does not grow with
the file. The table is gone with its transaction.

What is looked up in the big tables is looked up row by row in their primary keys, which ``LATERAL`` and
``OFFSET 0`` enforce: a dataset may have grown since the database last counted, and a plan that takes a
million records for one never ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from diptych.core.db import compact_json, raw
from diptych.imports.problems import Problem, RowError
from diptych.imports.records import ParsedRecord
from diptych.models import Dataset

# The columns of ``staged``.
StagedRow = tuple[Any, ...]
_FIELDS, _PICTURES = 5, 7
# The numbers of the first and of the last of some rows.
Span = tuple[int, int]

_CREATE = """
CREATE TEMPORARY TABLE staged (
    n bigint PRIMARY KEY, line bigint, id uuid, external_id text, has_own_id boolean, fields json,
    metadata json, pictures json, responses json, suggestions json, vectors json
) ON COMMIT DROP;
CREATE TEMPORARY TABLE bad_rows (
    n bigint PRIMARY KEY, line bigint, "column" text, reason text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE known (
    n bigint PRIMARY KEY, id uuid, has_new_fields boolean, means_something_else boolean,
    has_new_metadata boolean, has_responses boolean
) ON COMMIT DROP;
"""

# The first row of an id stays; the others are in its way.
_FIND_DUPLICATES = text("""
INSERT INTO bad_rows
SELECT s.n, s.line, CASE WHEN s.has_own_id THEN 'id' END,
       CASE WHEN s.has_own_id THEN '''' || s.external_id || ''' is already on line '
            ELSE 'the same prompt and images are already on line ' END
       || first.line || CASE WHEN :by_number THEN ', record ' || first.n ELSE '' END
FROM (SELECT id, min(n) AS n FROM staged GROUP BY id HAVING count(*) > 1) twice
JOIN staged first ON first.n = twice.n
JOIN staged s ON s.id = twice.id AND s.n > twice.n
""")

# Pictures that the file calls by their address here: the dataset's workspace has to show them already.
_FIND_UNKNOWN_PICTURES = text("""
INSERT INTO bad_rows
SELECT DISTINCT ON (s.n) s.n, s.line, p."column", 'no stored image has this address'
FROM staged s, ROWS FROM (json_to_recordset(s.pictures) AS ("column" text, key text, content_type text))
    WITH ORDINALITY AS p
WHERE p.content_type IS NULL AND NOT EXISTS (
    SELECT FROM dataset_media m JOIN datasets d ON d.id = m.dataset_id
    WHERE m.media_key = p.key AND (:from_anywhere OR d.workspace_id = :workspace_id))
ORDER BY s.n, p.ordinality
ON CONFLICT DO NOTHING
""")

_FIND_KNOWN = text("""
INSERT INTO known
SELECT s.n, s.id, coalesce(CAST(r.fields AS text) <> CAST(s.fields AS text), false),
       CASE WHEN CAST(r.fields AS text) <> CAST(s.fields AS text)
            THEN CAST(r.fields AS jsonb) <> CAST(s.fields AS jsonb) ELSE false END,
       CAST(s.metadata AS text) NOT IN (CAST(r.metadata AS text), '{}'), s.responses IS NOT NULL
FROM staged s CROSS JOIN LATERAL (
    SELECT fields, metadata FROM records
    WHERE dataset_id = :dataset_id AND id = s.id AND inserted_at < :since OFFSET 0) r
WHERE s.n BETWEEN :first AND :last
""")

# An answer locks its record first, so from here on none is saved for the records that are about to change.
# All are locked at once, in the order of their keys: two rounds could deadlock with others that lock several.
_LOCK_CHANGED = text("""
SELECT FROM (SELECT id FROM known WHERE has_new_fields OR has_new_metadata OR has_responses ORDER BY id) k
CROSS JOIN LATERAL (SELECT FROM records WHERE dataset_id = :dataset_id AND id = k.id FOR UPDATE) r
""")

_FIND_ANSWERED = text("""
INSERT INTO bad_rows
SELECT s.n, s.line, CASE WHEN s.has_own_id THEN 'id' END,
       '''' || s.external_id || ''' already has answers, or an annotator looking at it, with other images or '
       'another prompt; give this row a new id'
FROM known k JOIN staged s ON s.n = k.n
WHERE k.means_something_else AND (
    EXISTS (SELECT FROM responses WHERE dataset_id = :dataset_id AND record_id = k.id OFFSET 0)
    OR EXISTS (SELECT FROM assignments WHERE dataset_id = :dataset_id AND record_id = k.id
               AND expires_at > now() OFFSET 0))
ON CONFLICT DO NOTHING
""")

_COUNT = text("""
SELECT (SELECT count(*) FROM staged), (SELECT count(*) FROM known),
       (SELECT count(*) FROM known WHERE has_new_fields OR has_new_metadata)
""")


@dataclass(frozen=True)
class Counts:
    """How many of the staged records are new, differ from what is stored, or are stored as they are."""

    new: int
    updated: int
    unchanged: int


def create(session: Session) -> None:
    """Make the temporary tables."""
    session.execute(text(_CREATE))
    # Whoever reads about the bad rows may take their time; what they read in is an open transaction.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    # Room to sort a million ids in memory; the default is made for many small queries at once.
    session.execute(text("SET LOCAL work_mem = '64MB'"))


def copy(session: Session, rows: Iterable[StagedRow]) -> None:
    """Add rows to the table."""
    with raw(session.connection()).cursor() as cursor, cursor.copy("COPY staged FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def span_of(rows: Sequence[StagedRow]) -> Span:
    """Return where rows begin and end that follow each other."""
    return rows[0][0], rows[-1][0]


def characters_in(row: StagedRow) -> int:
    """Return the length of the JSON of a row."""
    return sum(map(len, filter(None, row[_FIELDS:])))


def have_pictures(rows: Iterable[StagedRow]) -> bool:
    """Say whether any of the rows has pictures in the store."""
    return any(row[_PICTURES] is not None for row in rows)


def to_row(n: int, line: int, record_id: str, record: ParsedRecord) -> StagedRow:
    """Return a record as a row of the table, or raise ``RowError`` for what JSON cannot hold."""
    fields, metadata = _encode(record.fields), _encode(record.metadata)
    lists = (record.pictures, record.responses, record.suggestions, record.vectors)
    encoded = [_encode(items) if items else None for items in lists]
    return (n, line, record_id, record.external_id, record.has_own_id, fields, metadata, *encoded)


def _encode(value: object) -> str:
    try:
        return compact_json(value)
    except (ValueError, RecursionError):
        raise RowError(None, "contains NaN or an infinite number, or is nested too deeply") from None


@dataclass(frozen=True)
class Extras:
    """Whether any of the rows has pictures in the store, responses, suggestions or vectors."""

    pictures: bool
    responses: bool
    suggestions: bool
    vectors: bool


def find_extras(session: Session) -> Extras:
    """Look for what belongs to the records."""
    counts = "count(pictures), count(responses), count(suggestions), count(vectors)"
    return Extras(*map(bool, session.execute(text(f"SELECT {counts} FROM staged")).one()))  # noqa: S608


def find_bad_rows(
    session: Session,
    dataset: Dataset,
    spans: Iterable[Span],
    *,
    since: datetime,
    by_number: bool,
    has_pictures: bool,
    from_anywhere: bool,
) -> None:
    """Note the rows that are wrong because of other rows, or of what was stored before ``since``.

    In ``spans`` are all rows that are not records of their own by now; the caller holds ``lock_records``.
    ``by_number`` tells rows apart by their numbers as well as lines. ``from_anywhere`` lets the file refer to
    the images of every workspace, not only of this dataset's.
    """
    session.execute(text("ANALYZE staged"))
    session.execute(_FIND_DUPLICATES, {"by_number": by_number})
    if has_pictures:
        find_unknown_pictures(session, dataset, from_anywhere=from_anywhere)
    find_known(session, dataset, spans, since=since)
    session.execute(_FIND_ANSWERED, {"dataset_id": dataset.id})


def find_unknown_pictures(session: Session, dataset: Dataset, *, from_anywhere: bool) -> None:
    """Note the rows with an address of a stored image that the dataset's workspace does not show."""
    workspace = {"workspace_id": dataset.workspace_id, "from_anywhere": from_anywhere}
    session.execute(_FIND_UNKNOWN_PICTURES, workspace)


def find_known(session: Session, dataset: Dataset, spans: Iterable[Span], *, since: datetime) -> None:
    """Note the rows whose records were there before ``since``, and lock those that change.

    A row without fields keeps those of its record.
    """
    for first, last in spans:
        values = {"dataset_id": dataset.id, "first": first, "last": last, "since": since}
        session.execute(_FIND_KNOWN, values)
    session.execute(text("ANALYZE known"))
    session.execute(_LOCK_CHANGED, {"dataset_id": dataset.id})


def list_bad_rows(session: Session, *, by_number: bool) -> Iterator[Problem]:
    """Yield what ``find_bad_rows`` found, in the order of the file."""
    statement = text('SELECT n, line, "column", reason FROM bad_rows ORDER BY n')
    rows = session.execute(statement.execution_options(stream_results=True, yield_per=1_000))
    for n, line, column, reason in rows:
        yield Problem(line, column, reason, n if by_number else None)


def leave_out_bad_rows(session: Session) -> None:
    """Forget the rows that are wrong."""
    session.execute(text("DELETE FROM staged WHERE n IN (SELECT n FROM bad_rows)"))
    session.execute(text("DELETE FROM known WHERE n IN (SELECT n FROM bad_rows)"))


def count(session: Session) -> Counts:
    """Count what the rows would change."""
    staged, known, updated = session.execute(_COUNT).one()
    return Counts(new=staged - known, updated=updated, unchanged=known - updated)
