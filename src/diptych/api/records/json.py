"""Records as JSON that the database assembles: stored JSON is returned unchanged.

The statements are text and cached by the parts of a view: a page of a hundred records takes the database two
milliseconds, and building the statement each time would double that. In them, a record has the alias ``r``,
and what belongs to it is joined laterally.
"""

import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from diptych.api.records.view import Parts, View
from diptych.records.blocks import PAGE


def read_records(session: Session, view: View, ids: Sequence[uuid.UUID]) -> Sequence[Row[uuid.UUID, str]]:
    """Return ``id`` and ``json`` of the records with these ids, in this order, without deleted ones."""
    return session.execute(_of_ids(view.parts), {**view.values, "ids": [str(id_) for id_ in ids]}).all()


def read_page(session: Session, view: View, *, offset: int, limit: int) -> tuple[str, int]:
    """Return a page of records as one text, separated by commas, and the total number of records."""
    values = {**view.values, "offset": offset, "limit": limit}
    records, total = session.execute(_of_page(view.parts), values).one()
    return records or "", total


@lru_cache
def _of_ids(parts: Parts) -> TextClause:
    json, joins = _record(parts)
    return text(f"""
        SELECT r.id, {json} AS json
        FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS wanted (id, index)
        JOIN records r ON r.dataset_id = :dataset_id AND r.id = wanted.id {joins}
        ORDER BY index
    """)  # noqa: S608 - put together from constants


@lru_cache
def _of_page(parts: Parts) -> TextClause:
    json, joins = _record(parts)
    return text(f"""
        WITH {PAGE}
        SELECT (SELECT string_agg({json}, ',' ORDER BY r.inserted_at, r.id) FROM page r {joins}),
               (SELECT total FROM size)
    """)  # noqa: S608 - as above


def _record(parts: Parts) -> tuple[str, str]:
    """Return the JSON of the record ``r`` as text, and the lateral joins that it needs."""
    members = {
        "id": _quoted("r.id"),
        "status": _quoted("r.status"),
        "fields": _json("r.fields"),
        "metadata": _SOME_METADATA if parts.only_some_metadata else _json("r.metadata"),
        "external_id": _EXTERNAL_ID if parts.external_ids else _quoted("r.id"),
    }
    joined = []
    if parts.responses:
        members["responses"] = "'[' || coalesce(p.list, '') || ']'"
        condition = "AND user_id = :responses_of" if parts.only_own else ""
        joined.append(_joined("p", _list(_RESPONSE, "responses", condition)))
    if parts.suggestions:
        suggestion = _SUGGESTION if parts.suggestion_sources else _SUGGESTION | _NO_SOURCE
        members["suggestions"] = "'[' || coalesce(s.list, '') || ']'"
        joined.append(_joined("s", _list(suggestion, "suggestions")))
    if parts.vectors:
        members["vectors"] = "'{' || coalesce(v.list, '') || '}'"
        joined.append(_joined("v", _VECTORS))
    members |= {
        "dataset_id": _quoted("r.dataset_id"),
        "inserted_at": _moment("r.inserted_at"),
        "updated_at": _moment("r.updated_at"),
    }
    return _object(members), "".join(joined)


def _joined(name: str, query: str) -> str:
    return f"LEFT JOIN LATERAL ({query}) {name} ON true\n"


def _list(members: Mapping[str, str], table: str, condition: str = "") -> str:
    return f"""
        SELECT string_agg({_object(members)}, ',' ORDER BY inserted_at, id) AS list FROM {table}
        WHERE dataset_id = :dataset_id AND record_id = r.id {condition}
    """  # noqa: S608 - as above


def _object(members: Mapping[str, str]) -> str:
    listed = " || ',' || ".join(f"""'"{name}"\\:' || {value}""" for name, value in members.items())
    return f"'{{' || {listed} || '}}'"


def _quoted(column: str) -> str:
    return f"""'"' || {column} || '"'"""


def _escaped(value: str) -> str:
    return f"CAST(to_json({value}) AS text)"


def _json(column: str) -> str:
    return f"CAST({column} AS text)"


def _or_null(value: str) -> str:
    return f"coalesce({value}, 'null')"


def _moment(column: str) -> str:
    return f"""to_char({column}, '"\\""YYYY-MM-DD"T"HH24\\:MI\\:SS.US"\\""')"""


_EXTERNAL_ID = _escaped("coalesce(r.external_id, CAST(r.id AS text))")
_SOME_METADATA = """
    (SELECT '{' || coalesce(string_agg(to_json(key) || '\\:' || value, ',' ORDER BY index), '') || '}'
     FROM json_each(r.metadata) WITH ORDINALITY AS m (key, value, index) WHERE key = ANY(:keys))
"""
_RESPONSE = {
    "id": _quoted("id"),
    "values": _json('"values"'),
    "status": _quoted("status"),
    "record_id": _quoted("record_id"),
    "user_id": _quoted("user_id"),
    "inserted_at": _moment("inserted_at"),
    "updated_at": _moment("updated_at"),
}
_SUGGESTION = {
    "id": _quoted("id"),
    "question_id": _quoted("question_id"),
    "type": _or_null(_quoted("type")),
    "value": _json("value"),
    "agent": _or_null(_escaped("agent")),
    "score": _or_null(_json("score")),
    "inserted_at": _moment("inserted_at"),
    "updated_at": _moment("updated_at"),
}
_NO_SOURCE = dict.fromkeys(("type", "agent", "score"), "'null'")
_VECTORS = f"""
    SELECT string_agg({_escaped("d.name")} || '\\:' || v.value, ',' ORDER BY d.inserted_at, d.id) AS list
    FROM vectors v JOIN vectors_settings d ON d.id = v.vectors_settings_id
    WHERE v.dataset_id = :dataset_id AND v.record_id = r.id AND d.id = ANY(:vector_ids)
"""  # noqa: S608 - as above
