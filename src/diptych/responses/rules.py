"""What a response has to be before it is stored: the one validator, whichever way the response comes in."""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from diptych.core.errors import InvalidError
from diptych.core.statements import Query
from diptych.core.storable import printable, shown
from diptych.datasets.fields import count_named_images, refuse_faulty
from diptych.datasets.service import refuse_draft
from diptych.models import Dataset, DatasetStatus, Question, ResponseStatus
from diptych.questions import QuestionSettings, parse_settings
from diptych.responses.shown_order import check_shown_order
from diptych.responses.stored import ResponseKey

# The longest time that is stored with a response: a day; longer is a clock that went wrong.
MAX_DURATION_MS = 86_400_000
# The highest number of a response among a person's responses on a record.
MAX_REVISION = 1_000_000

_LOAD_RULES = """
SELECT id, name, status, (SELECT CAST(coalesce(json_agg(q ORDER BY inserted_at, id), '[]') AS text)
                          FROM questions q WHERE q.dataset_id = d.id)
FROM datasets d WHERE id = ANY(%(dataset_ids)s)
"""


@dataclass(frozen=True, kw_only=True)
class ResponseInput:
    """What one person answers on a record of a dataset.

    ``values`` is ``{question: {"value": …}}``, canonical however the images stood; ``shown_order`` says how
    they stood, ``duration_ms`` how long the person looked, in milliseconds. ``revision`` is this response's
    number among the person's responses on the record: the first response with a number is stored, another
    one with it or with an earlier one is refused, and one that is sent once more changes nothing.
    ``skip_reason`` is why a record is discarded. ``actor_id`` is who does this if it is not the person.
    """

    dataset_id: uuid.UUID
    record_id: uuid.UUID
    user_id: uuid.UUID
    values: Mapping[str, Any]
    status: ResponseStatus
    shown_order: Sequence[int] | None = None
    duration_ms: int | None = None
    revision: int | None = None
    skip_reason: str | None = None
    actor_id: uuid.UUID | None = None

    @property
    def key(self) -> ResponseKey:
        """The key of the response that this becomes."""
        return (self.dataset_id, self.record_id, self.user_id)


class ResponseRules:
    """Checks responses against the questions of their dataset; made once, used for each response."""

    def __init__(self, dataset: Dataset, questions: Iterable[Question]) -> None:
        self._dataset = dataset
        questions = list(questions)
        self._named_images = count_named_images(question.settings for question in questions)
        self._settings = {question.name: parse_settings(question.settings) for question in questions}
        self._required = [question.name for question in questions if question.required]

    def check(self, given: ResponseInput, fields: Mapping[str, Any]) -> ResponseInput:
        """Return a person's response as it is stored on a record with these ``fields``.

        Raises ``ConflictError`` if the dataset is a draft, ``InvalidError`` as ``check_values`` and
        ``check_shown_order``, and for a reason to skip what is not discarded. A duration that cannot be is
        brought into range.
        """
        refuse_draft(self._dataset)
        duration = given.duration_ms
        return replace(
            given,
            values=self.check_values(given.values, given.status, fields),
            shown_order=check_shown_order(given.shown_order, fields),
            duration_ms=None if duration is None else max(0, min(duration, MAX_DURATION_MS)),
            skip_reason=_check_reason(given),
        )

    def check_values(
        self, values: Mapping[str, Any], status: ResponseStatus, fields: Mapping[str, Any] | None
    ) -> dict[str, dict[str, Any]]:
        """Return the values of a response of this status, ``{question: {"value": …}}``, as they are stored.

        ``fields`` are those of its record, if they are known. Raises ``InvalidError``, whose ``question``
        names the one at fault, for values that do not fit. What is not submitted may be unfinished: it may
        lack required questions and parts of a value, and be about images that the record lacks.
        """
        is_partial = status != ResponseStatus.SUBMITTED
        if not is_partial and fields is not None:
            refuse_faulty(self._named_images, fields)
        checked = {
            name: {"value": self._check_value(name, value, fields, is_partial=is_partial)}
            for name, value in values.items()
        }
        if not is_partial and (missing := self.find_missing(checked)):
            raise InvalidError(f"An answer to {missing!r} is needed.", question=missing)
        return checked

    def find_missing(self, values: Collection[str]) -> str | None:
        """Return the first required question to which there is no answer, if there is one."""
        return next((name for name in self._required if name not in values), None)

    def get_settings(self, question: str) -> QuestionSettings:
        """Return the settings of a question, or raise ``InvalidError`` if the dataset does not have it."""
        if question in self._settings:
            return self._settings[question]
        known = ", ".join(self._settings)
        raise InvalidError(
            f"The dataset has no question {shown(question)}; it has {known}.", question=printable(question)
        )

    def _check_value(
        self, name: str, value: Any, fields: Mapping[str, Any] | None, *, is_partial: bool
    ) -> Any:
        settings = self.get_settings(name)
        if not isinstance(value, Mapping) or "value" not in value:
            raise InvalidError(f'The answer to {name!r} has to look like {{"value": …}}.', question=name)
        try:
            return settings.parse_value(value["value"], partial=is_partial, fields=fields)
        except InvalidError as error:
            raise InvalidError(error.message, **{"question": name, **error.params}) from None


def rules_of(dataset_ids: Collection[uuid.UUID]) -> Query[dict[uuid.UUID, ResponseRules]]:
    """Return the query for the rules of each dataset."""
    return Query(_LOAD_RULES, {"dataset_ids": list(dataset_ids)}, _read_rules)


def _read_rules(rows: Iterable[Sequence[Any]]) -> dict[uuid.UUID, ResponseRules]:
    return {id_: _parse_rules(name, status, questions) for id_, name, status, questions in rows}


@lru_cache(maxsize=256)
def _parse_rules(name: str, status: str, questions: str) -> ResponseRules:
    dataset = Dataset(name=name, status=DatasetStatus(status))
    asked = [
        Question(name=one["name"], settings=one["settings"], required=one["required"])
        for one in json.loads(questions)
    ]
    return ResponseRules(dataset, asked)


def _check_reason(given: ResponseInput) -> str | None:
    reason = (given.skip_reason or "").strip() or None
    if reason and given.status != ResponseStatus.DISCARDED:
        raise InvalidError(f"Only discarded responses have a skip reason; this one is {given.status.value}.")
    return reason
