"""Where a person is in a dataset, for a claim that moves them on."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from diptych.core.statements import Query

_BEGIN = """
INSERT INTO annotator_progress (dataset_id, user_id) VALUES (%(dataset_id)s, %(user_id)s)
ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT cursor, search_start, submitted + draft + discarded FROM annotator_progress
WHERE dataset_id = %(dataset_id)s AND user_id = %(user_id)s FOR UPDATE
"""
_MOVE = """
UPDATE annotator_progress SET cursor = %(cursor)s, search_start = %(search_start)s
WHERE dataset_id = %(dataset_id)s AND user_id = %(user_id)s
"""


@dataclass(frozen=True)
class PersonProgress:
    """A person's ``cursor`` and ``search_start``, as ``AnnotatorProgress`` has them, and their answers."""

    cursor: int
    search_start: int | None
    answered: int


def progress_begun(dataset_id: uuid.UUID, user_id: uuid.UUID) -> Query[None]:
    """Return the query that gives a person a place in a dataset, if they have none."""
    return Query(_BEGIN, {"dataset_id": dataset_id, "user_id": user_id})


def progress_locked(dataset_id: uuid.UUID, user_id: uuid.UUID) -> Query[PersonProgress]:
    """Return the query for a person's place, which lets their tabs claim one after the other."""
    return Query(_LOCK, {"dataset_id": dataset_id, "user_id": user_id}, _read)


def progress_moved(
    dataset_id: uuid.UUID, user_id: uuid.UUID, cursor: int, search_start: int | None = None
) -> Query[None]:
    """Return the query that remembers how far a person has come, and where a search in vain began."""
    values = {"dataset_id": dataset_id, "user_id": user_id, "cursor": cursor, "search_start": search_start}
    return Query(_MOVE, values)


def _read(rows: Iterable[Sequence[Any]]) -> PersonProgress:
    (row,) = rows
    return PersonProgress(*row)
