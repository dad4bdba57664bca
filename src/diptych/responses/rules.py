"""Answers as they are given, and what the questions ask of them before they are stored."""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from diptych.core.errors import InvalidError
from diptych.core.statements import Query
from diptych.core.storable import printable, shown
from diptych.datasets.fields import refuse_faulty
from diptych.datasets.service import refuse_draft
from diptych.models import Dataset, DatasetStatus, ResponseStatus
from diptych.questions import parse_settings
from diptych.responses.stored import ResponseKey

# What is stored as the time of an answer at the most: a day; longer is a clock that went wrong.
MAX_DURATION_MS = 86_400_000
# The number of an answer among a person's answers on a record, at the most.
MAX_REVISION = 1_000_000

_LOAD_RULES = """
SELECT id, name, status, (SELECT CAST(coalesce(json_agg(q ORDER BY inserted_at, id), '[]') AS text)
                          FROM questions q WHERE q.dataset_id = d.id)
FROM datasets d WHERE id = ANY(%(dataset_ids)s)
"""


@dataclass(frozen=True, kw_only=True)
class ResponseInput:
    """What one person answers on a record of a dataset.

    ``values`` is ``{question: {"value": …}}``, canonical however the sides stood; ``swapped`` says how they
    stood, ``duration_ms`` how long the person looked, in milliseconds. ``revision`` is this answer's number
    among the person's answers on the record: the first answer with a number is stored, another one with it or
    with an earlier one is refused, and one that is sent once more changes nothing. ``skip_reason`` is why a
    record is discarded. ``actor_id`` is who does this if it is not the person.
    """

    dataset_id: uuid.UUID
    record_id: uuid.UUID
    user_id: uuid.UUID
    values: Mapping[str, Any]
    status: ResponseStatus
    swapped: bool | None = None
    duration_ms: int | None = None
    revision: int | None = None
    skip_reason: str | None = None
    actor_id: uuid.UUID | None = None

    @property
    def key(self) -> ResponseKey:
        """The key of the response that this becomes."""
        return (self.dataset_id, self.record_id, self.user_id)


class ResponseRules:
    """What a dataset asks of an answer: its ``questions`` as JSON, in their order, and whether it is open."""

    def __init__(self, name: str, status: str, questions: Sequence[Mapping[str, Any]]) -> None:
        self._dataset = Dataset(name=name, status=DatasetStatus(status))
        self._settings = {question["name"]: parse_settings(question["settings"]) for question in questions}
        self._asked = [question["settings"] for question in questions]
        self._required = [question["name"] for question in questions if question["required"]]

    def check(self, given: ResponseInput, fields: Mapping[str, Any]) -> ResponseInput:
        """Return an answer as it is stored on a record with these fields.

        Raises ``ConflictError`` if the dataset is a draft, and ``InvalidError`` for values that do not fit,
        for a reason to skip what is not discarded, or for an answer about images that the record lacks.
        """
        refuse_draft(self._dataset)
        is_partial = given.status != ResponseStatus.SUBMITTED
        if not is_partial:
            refuse_faulty(self._asked, fields)
        values = {
            name: {"value": self._parse(name, value, fields, is_partial=is_partial)}
            for name, value in given.values.items()
        }
        missing = [name for name in self._required if name not in values]
        if missing and not is_partial:
            raise InvalidError(f"An answer to {missing[0]!r} is needed.", question=missing[0])
        looked = given.duration_ms
        return replace(
            given,
            values=values,
            duration_ms=None if looked is None else max(0, min(looked, MAX_DURATION_MS)),
            skip_reason=_check_reason(given),
        )

    def _parse(self, name: str, value: Any, fields: Mapping[str, Any], *, is_partial: bool) -> Any:
        if name not in self._settings:
            raise InvalidError(f"This dataset has no question named {shown(name)}.", question=printable(name))
        if not isinstance(value, Mapping) or "value" not in value:
            raise InvalidError(f'The answer to {name!r} has to look like {{"value": …}}.', question=name)
        return self._settings[name].parse_value(value["value"], partial=is_partial, fields=fields)


def rules_of(dataset_ids: Collection[uuid.UUID]) -> Query[dict[uuid.UUID, ResponseRules]]:
    """Return the query for what each dataset asks of an answer."""
    return Query(_LOAD_RULES, {"dataset_ids": list(dataset_ids)}, _read_rules)


def _read_rules(rows: Iterable[Sequence[Any]]) -> dict[uuid.UUID, ResponseRules]:
    return {id_: _parse_rules(name, status, questions) for id_, name, status, questions in rows}


@lru_cache(maxsize=256)
def _parse_rules(name: str, status: str, questions: str) -> ResponseRules:
    return ResponseRules(name, status, json.loads(questions))


def _check_reason(given: ResponseInput) -> str | None:
    reason = (given.skip_reason or "").strip() or None
    if reason and given.status != ResponseStatus.DISCARDED:
        raise InvalidError(f"Only what is discarded has a reason to skip it; this is {given.status.value}.")
    return reason
