"""Write something."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from diptych.core.errors import InvalidError
from diptych.core.kinds import Kind, Scalar
from diptych.core.storable import find_flaw
from diptych.questions.aggregate import Aggregate, plurality
from diptych.questions.base import QuestionSettings


class TextSettings(QuestionSettings):
    """Text, which ``use_markdown`` shows as Markdown."""

    exported_as: ClassVar[Kind] = Scalar.TEXT

    type: Literal["text"] = "text"
    use_markdown: bool = False

    def aggregate(self, values: Sequence[str]) -> Aggregate:
        """Return the text that most wrote, character by character."""
        return plurality(values)

    def _parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidError("The answer has to be text.")
        if flaw := find_flaw(value):
            raise InvalidError(f"The answer {flaw}.")
        return value
