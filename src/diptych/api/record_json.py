"""Records as JSON, put together by the database: what is stored as JSON goes out as it came in.

The statements are text, made once for each kind of view: a page of a hundred records takes the database two
milliseconds, and making the statement anew would take as long again.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from diptych.models import Dataset, VectorSettings


@dataclass(frozen=True)
class View:
    """Which parts of a record somebody sees.

    ``vectors`` are those that come along, or None for no member of this name. ``responses_of`` leaves out
    everybody else's responses, ``metadata_keys`` all other metadata. Without ``agents``, nobody is told whose
    suggestions these are.
    """

    responses: bool = False
    suggestions: bool = False
    vectors: Sequence[VectorSettings] | None = None
    responses_of: uuid.UUID | None = None
    metadata_keys: Collection[str] | None = None
    agents: bool = True


def read_records(
    session: Session, dataset: Dataset, ids: Sequence[uuid.UUID], view: View
) -> Sequence[Row[uuid.UUID, str]]:
    """Return the records of these ids as JSON texts, in this order and without those that are gone."""
    statement = _statement(
        responses=view.responses,
        suggestions=view.suggestions,
        vectors=view.vectors is not None,
        only_own=view.responses_of is not None,
        only_some_metadata=view.metadata_keys is not None,
        agents=view.agents,
    )
    values: Mapping[str, Any] = {
        "dataset_id": dataset.id,
        "ids": list(ids),
        "responses_of": view.responses_of,
        "keys": list(view.metadata_keys or ()),
        "vector_ids": [vector.id for vector in view.vectors or ()],
    }
    return session.execute(statement, values).all()


@lru_cache
def _statement(
    *,
    responses: bool,
    suggestions: bool,
    vectors: bool,
    only_own: bool,
    only_some_metadata: bool,
    agents: bool,
) -> TextClause:
    members = {
        "id": _quoted("r.id"),
        "status": _quoted("r.status"),
        "fields": _json("r.fields"),
        "metadata": _SOME_METADATA if only_some_metadata else _json("r.metadata"),
        "external_id": _escaped("coalesce(r.external_id, CAST(r.id AS text))"),
    }
    joined = []
    if responses:
        members["responses"] = "'[' || coalesce(p.list, '') || ']'"
        condition = "AND user_id = :responses_of" if only_own else ""
        joined.append(_joined("p", _list(_RESPONSE, "responses", condition)))
    if suggestions:
        suggestion = _SUGGESTION if agents else {**_SUGGESTION, "agent": "'null'"}
        members["suggestions"] = "'[' || coalesce(s.list, '') || ']'"
        joined.append(_joined("s", _list(suggestion, "suggestions")))
    if vectors:
        members["vectors"] = "'{' || coalesce(v.list, '') || '}'"
        joined.append(_joined("v", _VECTORS))
    members |= {
        "dataset_id": _quoted("r.dataset_id"),
        "inserted_at": _moment("r.inserted_at"),
        "updated_at": _moment("r.updated_at"),
    }
    return text(f"""
        SELECT r.id, {_object(members)}
        FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS wanted (id, place)
        JOIN records r ON r.dataset_id = :dataset_id AND r.id = wanted.id
        {"".join(joined)} ORDER BY wanted.place
    """)  # noqa: S608 - put together from the constants of this module


def _quoted(column: str) -> str:
    return f"""'"' || {column} || '"'"""


def _json(column: str) -> str:
    return f"CAST({column} AS text)"


def _escaped(value: str) -> str:
    return f"CAST(to_json({value}) AS text)"


def _or_null(value: str) -> str:
    return f"coalesce({value}, 'null')"


def _moment(column: str) -> str:
    return f"""to_char({column}, '"\\""YYYY-MM-DD"T"HH24\\:MI\\:SS.US"\\""')"""


def _object(members: Mapping[str, str]) -> str:
    listed = " || ',' || ".join(f"""'"{name}"\\:' || {value}""" for name, value in members.items())
    return f"'{{' || {listed} || '}}'"


def _list(members: Mapping[str, str], table: str, condition: str = "") -> str:
    return f"""
        SELECT string_agg({_object(members)}, ',' ORDER BY inserted_at, id) AS list FROM {table}
        WHERE dataset_id = :dataset_id AND record_id = r.id {condition}
    """  # noqa: S608 - as above


def _joined(name: str, query: str) -> str:
    return f"LEFT JOIN LATERAL ({query}) {name} ON true\n"


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
_VECTORS = f"""
    SELECT string_agg({_escaped("d.name")} || '\\:' || v.value, ',' ORDER BY d.inserted_at, d.id) AS list
    FROM vectors v JOIN vectors_settings d ON d.id = v.vectors_settings_id
    WHERE v.dataset_id = :dataset_id AND v.record_id = r.id AND d.id = ANY(:vector_ids)
"""  # noqa: S608 - as above
_SOME_METADATA = """
    (SELECT '{' || coalesce(string_agg(to_json(key) || '\\:' || value, ',' ORDER BY place), '') || '}'
     FROM json_each(r.metadata) WITH ORDINALITY AS m (key, value, place) WHERE key = ANY(:keys))
"""
