"""Write something."""

from typing import Any, Literal

from diptych.core.errors import InvalidError
from diptych.core.storable import find_flaw
from diptych.questions.base import QuestionSettings


class TextSettings(QuestionSettings):
    """Text, which ``use_markdown`` shows as Markdown."""

    type: Literal["text"] = "text"
    use_markdown: bool = False

    def _parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidError("The answer has to be text.")
        if flaw := find_flaw(value):
            raise InvalidError(f"The answer {flaw}.")
        return value
