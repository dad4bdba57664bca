"""Answers, suggestions and vectors that come with a record."""

import uuid
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from diptych.core.db import new_id
from diptych.core.errors import InvalidError
from diptych.imports.problems import RowError
from diptych.imports.schema import Schema
from diptych.models import ResponseStatus

# One entry of a file: question, who answered, what, and the status if the file knows it.
Entry = tuple[str, Any, Any, Any]
_LARGEST_COMPONENT = 3.4e38
_LONGEST_AGENT = 200


class AnswerRules:
    """Checks what a file says of answers, suggestions and vectors, and shapes it for the staging table."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def nested_entries(self, responses: Any) -> Iterable[Entry]:
        """Yield the entries of ``{question: [{"value": …, "user_id": …}]}``, which has no status."""
        if not isinstance(responses, dict):
            raise RowError("responses", "is not an object of questions")
        for question, answers in responses.items():
            if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
                raise RowError("responses", f"the answers to {question!r} are not a list of objects")
            for answer in answers:
                yield question, answer.get("user_id"), answer.get("value"), answer.get("status")

    def flat_entries(self, question: str, parts: Mapping[str, Any]) -> Iterable[Entry]:
        """Yield the entries of the three columns of a question, which run in parallel."""
        names = ("responses.users", "responses", "responses.status")
        columns = [parts.get(name) for name in names]
        for name, column in zip(names, columns, strict=True):
            if not isinstance(column, list):
                raise RowError(f"{question}.{name}", "is not a list, though the question has answers")
        if len({len(column or []) for column in columns}) > 1:
            raise RowError(f"{question}.responses", "the three columns of answers differ in length")
        for user, value, status in zip(*columns, strict=True):
            yield question, user, value, status

    def answers(self, entries: Iterable[Entry]) -> list[dict[str, Any]]:
        """Return one answer for each person, with all their values, in the order of the file."""
        found: dict[uuid.UUID, dict[str, Any]] = {}
        for question, user, value, status in entries:
            self._check(f"{question}.responses", question, value)
            answer = found.setdefault(_user_id(question, user), {"status": status, "values": {}})
            if question in answer["values"]:
                raise RowError(f"{question}.responses", f"{user} has answered twice")
            if answer["status"] != status:
                raise RowError(f"{question}.responses.status", f"{user} has answers of two statuses")
            answer["values"][question] = {"value": value}
        return [self._finish(user, **answer) for user, answer in found.items()]

    def _finish(self, user: uuid.UUID, status: Any, values: dict[str, Any]) -> dict[str, Any]:
        missing = self._schema.required_questions - values.keys()
        if status is None:
            status = ResponseStatus.DRAFT if missing else ResponseStatus.SUBMITTED
        if status not in set(ResponseStatus):
            raise RowError("responses.status", f"{status!r} is not one of {', '.join(ResponseStatus)}")
        if missing and status == ResponseStatus.SUBMITTED:
            raise RowError("responses", f"the answer of {user} lacks {min(missing)!r}")
        ids = {"id": str(new_id()), "event_id": str(new_id())}
        return {**ids, "user_id": str(user), "status": str(status), "values": values}

    def suggestion(self, question: str, value: Any, score: Any, agent: Any, kind: Any) -> dict[str, Any]:
        """Return a suggestion; its score is a number from 0 to 1, or a list of them."""
        column = f"{question}.suggestion"
        self._check(column, question, value)
        if not all(_is_score(item) for item in (score if isinstance(score, list) else [score])):
            raise RowError(f"{column}.score", f"{score!r} is not a number from 0 to 1")
        if agent is not None and not (isinstance(agent, str) and 1 <= len(agent) <= _LONGEST_AGENT):
            raise RowError(f"{column}.agent", f"is not a name of 1 to {_LONGEST_AGENT} characters")
        if kind not in (None, "model", "human"):
            raise RowError(f"{column}.type", f"{kind!r} is neither model nor human")
        return {
            "id": str(new_id()),
            "question_id": str(self._schema.questions[question].id),
            "value": value,
            "score": score,
            "agent": agent,
            "type": kind,
        }

    def vector(self, name: str, value: Any) -> dict[str, Any]:
        """Return a vector of the declared number of finite numbers."""
        declared = self._schema.vectors.get(name)
        if declared is None:
            raise RowError(name, "the dataset has no such vector")
        if not isinstance(value, list) or len(value) != declared.dimensions:
            raise RowError(name, f"is not a list of {declared.dimensions} numbers")
        if not all(_is_component(number) for number in value):
            raise RowError(name, "holds something that is not a number a vector can have")
        return {"vectors_settings_id": str(declared.id), "value": str(value)}

    def _check(self, column: str, question: str, value: Any) -> None:
        rule = self._schema.value_rules.get(question)
        if rule is None:
            known = ", ".join(self._schema.questions)
            raise RowError(column, f"the dataset has no question {question!r}; it has {known}")
        try:
            rule.check_value(value)
        except InvalidError as error:
            raise RowError.from_invalid(column, error) from None


def _user_id(question: str, value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise RowError(f"{question}.responses.users", f"{value!r} is not the id of a person") from None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_score(value: Any) -> bool:
    return value is None or (_is_number(value) and 0 <= value <= 1)


def _is_component(value: Any) -> bool:
    return _is_number(value) and abs(value) <= _LARGEST_COMPONENT
