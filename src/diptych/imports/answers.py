"""Answers, suggestions and vectors that come with a record."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from diptych.core.db import new_id
from diptych.core.errors import InvalidError
from diptych.datasets.vectors import vector_text
from diptych.imports.problems import RowError
from diptych.imports.schema import Schema
from diptych.models import ResponseStatus
from diptych.questions import QuestionSettings, parse_suggestion

# One entry of a file: question, who answered, what, and the status if the file knows it.
Entry = tuple[str, Any, Any, Any]
_UNFINISHED = (ResponseStatus.DRAFT, ResponseStatus.DISCARDED)


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

    def answers(self, entries: Iterable[Entry], fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return one answer for each person, with all their values, in the order of the file."""
        found: dict[uuid.UUID, dict[str, Any]] = {}
        for question, user, value, status in entries:
            column = f"{question}.responses"
            parsed = self._parse(column, question, value, status, fields)
            answer = found.setdefault(self._author(question, user), {"status": status, "values": {}})
            if question in answer["values"]:
                raise RowError(column, f"{user} has answered twice")
            if answer["status"] != status:
                raise RowError(f"{column}.status", f"{user} has answers of two statuses")
            answer["values"][question] = {"value": parsed}
        return [self._finish(user, **answer) for user, answer in found.items()]

    def _author(self, question: str, user: Any) -> uuid.UUID:
        author = _user_id(question, user)
        if author in self._schema.strangers:
            reason = f"{user} is not in the dataset's workspace; add this person to it first"
            raise RowError(f"{question}.responses.users", reason)
        return author

    def _parse(self, column: str, question: str, value: Any, status: Any, fields: Mapping[str, Any]) -> Any:
        rule = self._rule(column, question)
        try:
            return rule.parse_value(value, partial=status in _UNFINISHED, fields=fields)
        except InvalidError as error:
            raise RowError.from_invalid(column, error) from None

    def _finish(self, user: uuid.UUID, status: Any, values: dict[str, Any]) -> dict[str, Any]:
        missing = self._schema.required_questions - values.keys()
        if status is None:
            status = ResponseStatus.DRAFT if missing else ResponseStatus.SUBMITTED
        if not isinstance(status, str) or status not in set(ResponseStatus):
            raise RowError("responses.status", f"{status!r} is not one of {', '.join(ResponseStatus)}")
        if missing and status == ResponseStatus.SUBMITTED:
            raise RowError("responses", f"the answer of {user} lacks {min(missing)!r}")
        ids = {"id": str(new_id()), "event_id": str(new_id())}
        return {**ids, "user_id": str(user), "status": str(status), "values": values}

    def suggestion(
        self, question: str, value: Any, score: Any, agent: Any, kind: Any, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return a suggestion of an answer to ``fields``."""
        column = f"{question}.suggestion"
        rule = self._rule(column, question)
        try:
            parsed = parse_suggestion(rule, value, score=score, agent=agent, kind=kind, fields=fields)
        except InvalidError as error:
            part = error.params["part"]
            raise RowError.from_invalid(column if part == "value" else f"{column}.{part}", error) from None
        return {"id": str(new_id()), "question_id": str(self._schema.questions[question].id), **parsed}

    def vector(self, name: str, value: Any) -> dict[str, Any]:
        """Return a vector of the declared number of finite numbers."""
        declared = self._schema.vectors.get(name)
        if declared is None:
            raise RowError(name, "the dataset has no such vector")
        try:
            return {"vectors_settings_id": str(declared.id), "value": vector_text(declared, value)}
        except InvalidError as error:
            raise RowError.from_invalid(name, error) from None

    def _rule(self, column: str, question: str) -> QuestionSettings:
        rule = self._schema.value_rules.get(question)
        if rule is None:
            known = ", ".join(self._schema.questions)
            raise RowError(column, f"the dataset has no question {question!r}; it has {known}")
        return rule


def _user_id(question: str, value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise RowError(f"{question}.responses.users", f"{value!r} is not the id of a person") from None
