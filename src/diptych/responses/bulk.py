"""Writing responses in sets: the rows, their audit trail, and what is counted of them.

The same SQL writes the responses of a moment, which go over as JSON in one parameter, and those of an import,
which are in a temporary table. The caller has locked the records in the order of their keys; progress and
then totals are locked after them, each in the order of their keys.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from diptych.core.db import as_rows, keyed_rows, new_id
from diptych.core.statements import Query, fetch, run
from diptych.models import Dataset, ResponseStatus
from diptych.responses.moves import MOVE_COLUMNS, moving_progress, moving_records_and_totals
from diptych.responses.stored import RESPONSE_COLUMNS, ResponseKey, StoredResponse

# The temporary table of the responses that an import adds or changes.
STAGED = "staged_responses"

_KEY = ("dataset_id", "record_id", "user_id")
# What a response keeps from the first on, however often it is changed.
_FIXED = (*_KEY, "id", "is_late", "inserted_at")
# A change: the response as it becomes, and its event; ``is_latest`` unless the response is deleted, or
# another of the changes is about it.
_CHANGE_COLUMNS = {**RESPONSE_COLUMNS, "event_id": "uuid", "actor_id": "uuid", "is_latest": "boolean"}
# The columns of an event, and those of its change.
_EVENT_COLUMNS = {
    **{name: name for name in (*_KEY, "actor_id", "status", "values", "shown_order", "duration_ms")},
    **{name: name for name in ("skip_reason", "is_late")},
    "id": "event_id",
    "inserted_at": "updated_at",
}


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _recordset(columns: Mapping[str, str]) -> str:
    types = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    return f"json_to_recordset(%(rows)s) AS g ({types})"


def _writing_responses(changes: str) -> str:
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in RESPONSE_COLUMNS if name not in _FIXED)
    return f"""
INSERT INTO responses ({_names(RESPONSE_COLUMNS)})
SELECT {_names(RESPONSE_COLUMNS)} FROM {changes} WHERE is_latest
ON CONFLICT (dataset_id, record_id, user_id) DO UPDATE SET {changed}
"""  # noqa: S608 - put together from constants


def _writing_events(changes: str) -> str:
    return f"""
INSERT INTO response_events ({_names(_EVENT_COLUMNS)})
SELECT {_names(_EVENT_COLUMNS.values())} FROM {changes}
"""  # noqa: S608 - put together from constants


# One statement for both: each costs the driver time of its own, and the JSON is taken apart once.
_WRITE = f"""
WITH changes AS (SELECT * FROM {_recordset(_CHANGE_COLUMNS)}),
written AS ({_writing_responses("changes")}) {_writing_events("changes")}
"""  # noqa: S608 - put together from constants
_MOVES = _recordset(MOVE_COLUMNS)
_MOVE_PROGRESS = moving_progress(_MOVES)
_MOVE_RECORDS_AND_TOTALS = moving_records_and_totals(_MOVES)

_RAISE_REVISIONS = """
UPDATE responses r SET revision = n.revision
FROM json_to_recordset(%(rows)s) AS n (dataset_id uuid, record_id uuid, user_id uuid, revision integer)
WHERE r.dataset_id = ANY(%(dataset_ids)s)
  AND r.dataset_id = n.dataset_id AND r.record_id = n.record_id AND r.user_id = n.user_id
"""
_DELETE = """
DELETE FROM responses
WHERE dataset_id = %(dataset_id)s AND record_id = %(record_id)s AND user_id = %(user_id)s
"""

_STAGED_CHANGES = f"""(
    SELECT s.*, CAST(%(dataset_id)s AS uuid) AS dataset_id, CAST(%(actor_id)s AS uuid) AS actor_id,
           CAST(NULL AS text) AS skip_reason, moment AS inserted_at, moment AS updated_at, true AS is_latest
    FROM {STAGED} s ORDER BY moment) g"""  # noqa: S608 - a constant
_STAGED_MOVES = f"""(
    SELECT CAST(%(dataset_id)s AS uuid) AS dataset_id, record_id, user_id, before, status AS after,
           0 AS duration_ms, 0 AS ended_leases
    FROM {STAGED}) g"""  # noqa: S608 - a constant
_WRITE_STAGED = (
    _writing_responses(_STAGED_CHANGES),
    _writing_events(_STAGED_CHANGES),
    moving_progress(_STAGED_MOVES),
    moving_records_and_totals(_STAGED_MOVES),
)

# A response that is here already stays as it is, or gives way to a different one. It is looked for among
# those on its record: the cast keeps the planner from those of its author, who may have a million.
_STAGE = f"""
CREATE TEMPORARY TABLE {STAGED} ON COMMIT DROP AS
SELECT s.id AS record_id, a.user_id, a.id, a.event_id, a.status, a."values", old.status AS before,
       old.shown_order, old.duration_ms, coalesce(old.is_late, false) AS is_late,
       coalesce(old.revision, 0) + 1 AS revision,
       now() + row_number() OVER (ORDER BY s.n, a.ordinality) * interval '1 microsecond' AS moment
FROM {{table}} s CROSS JOIN ROWS FROM (json_to_recordset(s.responses)
    AS (id uuid, event_id uuid, user_id uuid, status text, "values" json)) WITH ORDINALITY AS a
LEFT JOIN LATERAL (SELECT status, "values", shown_order, duration_ms, is_late, revision FROM responses
                   WHERE dataset_id = %(dataset_id)s AND record_id = s.id
                     AND CAST(user_id AS text) = CAST(a.user_id AS text) OFFSET 0) old ON true
WHERE old.status IS NULL
   OR (%(replaces)s AND (old.status, CAST(old."values" AS text)) <> (a.status, CAST(a."values" AS text)))
"""  # noqa: S608 - a constant


class Changes:
    """What happens to some responses in a transaction, until ``queries`` write it.

    ``stored`` are the responses as they are by now, by their keys. ``leased`` are the leases that were ended
    and are still counted on their records.
    """

    def __init__(
        self, stored: Mapping[ResponseKey, StoredResponse], leased: Collection[ResponseKey] = ()
    ) -> None:
        self.stored = dict(stored)
        self._leased = set(leased)
        self._rows: list[dict[str, Any]] = []
        self._moves: list[dict[str, Any]] = []
        self._latest: dict[ResponseKey, dict[str, Any]] = {}
        self._raised: dict[ResponseKey, StoredResponse] = {}
        self._deleted: list[ResponseKey] = []

    def put(self, response: StoredResponse, *, actor_id: uuid.UUID, duration_ms: int) -> None:
        """Store a response, new or not; its author looked for ``duration_ms`` milliseconds more."""
        key = response.key
        before = self.stored.get(key)
        if earlier := self._latest.get(key):
            earlier["is_latest"] = False
        self._raised.pop(key, None)
        self._latest[key] = self._add(response, actor_id=actor_id, is_latest=True)
        self._move(key, before.status if before else None, response.status, duration_ms)
        self.stored[key] = response

    def raise_revision(self, response: StoredResponse, revision: int) -> StoredResponse:
        """Return a stored response with a higher revision, which is all that changes of it."""
        key = response.key
        raised = self.stored[key] = replace(response, revision=revision)
        if key in self._latest:
            self._latest[key]["revision"] = revision
        else:
            self._raised[key] = raised
        return raised

    def delete(self, response: StoredResponse, *, actor_id: uuid.UUID, now: datetime) -> None:
        """Delete a stored response; the audit trail keeps what it was."""
        self._add(response, actor_id=actor_id, status=None, updated_at=now, is_latest=False)
        self._move(response.key, response.status, None)
        self._deleted.append(response.key)

    def find_values(
        self, key: ResponseKey, status: ResponseStatus, duration_ms: int | None
    ) -> list[Mapping[str, Any]]:
        """Return what ``stored.values_before`` will find as soon as the changes are written."""
        wanted = (*key, status, duration_ms)
        columns = (*_KEY, "status", "duration_ms")
        return [row["values"] for row in self._rows if tuple(row[name] for name in columns) == wanted]

    def queries(self) -> list[Query[None]]:
        """Return the queries that write it all."""
        for key in list(self._leased):
            self._move(key, None, None)
        queries: list[Query[None]] = []
        if self._raised:
            queries.append(Query(_RAISE_REVISIONS, keyed_rows([vars(one) for one in self._raised.values()])))
        if self._rows:
            queries.append(Query(_WRITE, {"rows": as_rows(self._rows)}))
        queries += [Query(_DELETE, dict(zip(_KEY, key, strict=True))) for key in self._deleted]
        if self._moves:
            moves = keyed_rows(self._moves)
            queries += [Query(_MOVE_PROGRESS, moves)] if self._rows else []
            queries += [Query(_MOVE_RECORDS_AND_TOTALS, moves)]
        return queries

    def _add(self, response: StoredResponse, **changed: Any) -> dict[str, Any]:
        row = {**vars(response), "event_id": new_id(), **changed}
        self._rows.append(row)
        return row

    def _move(
        self,
        key: ResponseKey,
        before: ResponseStatus | None,
        after: ResponseStatus | None,
        duration_ms: int = 0,
    ) -> None:
        move = (*key, before, after, duration_ms, int(key in self._leased))
        self._moves.append(dict(zip(MOVE_COLUMNS, move, strict=True)))
        self._leased.discard(key)


def staged_response(user_id: uuid.UUID, status: ResponseStatus, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response that comes with a record as an item of the column that ``stage_responses`` reads."""
    return {
        "id": str(new_id()),
        "event_id": str(new_id()),
        "user_id": str(user_id),
        "status": status.value,
        "values": values,
    }


def stage_responses(session: Session, dataset: Dataset, *, table: str, replaces: bool) -> None:
    """Set the responses apart, in ``STAGED``, that are to be written; the caller has locked their records.

    ``table`` has the columns ``n``, which is the order of its rows, ``id``, of a record, and ``responses``, a
    JSON list of ``staged_response``. Set apart are those that are not here yet and, if this one ``replaces``
    what is here, those that differ from it.
    """
    values = {"dataset_id": dataset.id, "replaces": replaces}
    run(session, fetch(Query(_STAGE.format(table=table), values)))


def write_staged(session: Session, dataset: Dataset, *, actor_id: uuid.UUID | None) -> None:
    """Write the responses that ``stage_responses`` has set apart; their authors exist."""
    values = {"dataset_id": dataset.id, "dataset_ids": [dataset.id], "actor_id": actor_id}
    for statement in _WRITE_STAGED:
        run(session, fetch(Query(statement, values)))
