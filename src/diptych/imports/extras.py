"""What comes with a record of a file beside its fields: responses, suggestions and vectors."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from diptych.core.db import new_id
from diptych.core.errors import InvalidError
from diptych.datasets.vectors import vector_text
from diptych.imports.problems import RowError
from diptych.imports.schema import Schema
from diptych.models import ResponseStatus
from diptych.questions import parse_suggestion
from diptych.responses.bulk import staged_response

# One entry of a file: the question, the person who answered, their value, and the status if the file has it.
Entry = tuple[str, Any, Any, Any]


class ExtrasParser:
    """Shapes what comes with a record for the staging table, and names the cell that is at fault."""

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

    def responses(self, entries: Iterable[Entry], fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return one response for each person, with all their values, in the order of the file."""
        found: dict[uuid.UUID, tuple[Any, dict[str, Any]]] = {}
        for question, user, value, status in entries:
            column = f"{question}.responses"
            first, values = found.setdefault(self._author(question, user), (status, {}))
            if question in values:
                raise RowError(column, f"{user} has answered twice")
            if first != status:
                raise RowError(f"{column}.status", f"{user} has answers of two statuses")
            values[question] = {"value": value}
        return [self._response(author, status, values, fields) for author, (status, values) in found.items()]

    def _author(self, question: str, user: Any) -> uuid.UUID:
        author = _user_id(question, user)
        if author in self._schema.strangers:
            reason = f"{user} is not in the dataset's workspace; add this person to it first"
            raise RowError(f"{question}.responses.users", reason)
        return author

    def _response(
        self, author: uuid.UUID, status: Any, values: dict[str, Any], fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        rules = self._schema.response_rules
        if status is None:
            status = ResponseStatus.DRAFT if rules.find_missing(values) else ResponseStatus.SUBMITTED
        elif not isinstance(status, str) or status not in set(ResponseStatus):
            raise RowError("responses.status", f"{status!r} is not one of {', '.join(ResponseStatus)}")
        try:
            checked = rules.check_values(values, ResponseStatus(status), fields)
        except InvalidError as error:
            column = f"{error.params['question']}.responses" if "question" in error.params else "responses"
            reason = f"{error.message.rstrip('.')}; this is the response of {author}"
            raise RowError(column, reason) from None
        return staged_response(author, ResponseStatus(status), checked)

    def suggestion(
        self, question: str, value: Any, score: Any, agent: Any, kind: Any, fields: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return a suggestion of an answer to ``fields``."""
        column = f"{question}.suggestion"
        try:
            settings = self._schema.response_rules.get_settings(question)
            parsed = parse_suggestion(settings, value, score=score, agent=agent, kind=kind, fields=fields)
        except InvalidError as error:
            part = error.params.get("part", "value")
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


def _user_id(question: str, value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (AttributeError, TypeError, ValueError):
        raise RowError(f"{question}.responses.users", f"{value!r} is not the id of a person") from None
