"""Suggestions: answers that a model or a person proposes."""

import re
from collections.abc import Mapping
from typing import Any

from diptych.core.errors import InvalidError
from diptych.core.storable import shown
from diptych.questions.base import QuestionSettings

_agent = re.compile(r"[A-Za-z0-9_\-:./ ]{1,200}")
_TYPES = (None, "model", "human")


def parse_suggestion(
    settings: QuestionSettings,
    value: Any,
    *,
    score: Any = None,
    agent: Any = None,
    kind: Any = None,
    fields: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a suggestion as it is stored: ``value``, ``score``, ``agent`` and ``type`` (``kind`` here).

    A score is a number from 0 to 1, or a list of them, one for each item of a value that is a list. Raises
    ``InvalidError``, whose ``part`` names the value at fault.
    """
    try:
        parsed = settings.parse_value(value, partial=True, fields=fields)
    except InvalidError as error:
        raise InvalidError(error.message, part="value") from None
    _check_score(parsed, score)
    if agent is not None and not (isinstance(agent, str) and _agent.fullmatch(agent)):
        raise InvalidError(
            f"{shown(agent)} is not a name of 1 to 200 letters, digits, spaces and -_:./ for an agent.",
            part="agent",
        )
    if kind not in _TYPES:
        raise InvalidError(f"{shown(kind)} is neither model nor human.", part="type")
    return {"value": parsed, "score": score, "agent": agent, "type": kind}


def _check_score(value: Any, score: Any) -> None:
    if not isinstance(score, list):
        if score is not None and not _is_score(score):
            raise InvalidError(f"{shown(score)} is not a number from 0 to 1.", part="score")
        return
    if not isinstance(value, list) or len(score) != len(value):
        raise InvalidError("A list of scores has one for each item of a list of values.", part="score")
    for item in score:
        if not _is_score(item):
            raise InvalidError(f"{shown(item)} is not a number from 0 to 1.", part="score")


def _is_score(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
