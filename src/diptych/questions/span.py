"""Mark parts of a text."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from diptych.core.errors import InvalidError
from diptych.core.kinds import Kind, ListOf, ObjectOf, Scalar
from diptych.core.storable import Text, shown
from diptych.questions.aggregate import Aggregate, majority
from diptych.questions.options import Option, ShownOptionSettings

_MAX_SPANS = 10_000


class SpanSettings(ShownOptionSettings):
    """Parts of the text of ``field``, each with one of 1 to 500 labels.

    An answer is stored as ``[{"label": …, "start": …, "end": …}]``, the end not included. Our page counts
    characters, as Python does; other browsers' pages may count UTF-16 units.
    """

    exported_as: ClassVar[Kind] = ListOf(
        ObjectOf({"label": Scalar.TEXT, "start": Scalar.INTEGER, "end": Scalar.INTEGER})
    )
    searched_member: ClassVar[str | None] = "label"

    type: Literal["span"] = "span"
    options: list[Option] = Field(min_length=1, max_length=500)
    field: Annotated[Text, Field(min_length=1)]
    allow_overlapping: bool = False
    allow_character_annotation: Literal[True] = True

    def check_fields(self, types: Mapping[str, str]) -> None:
        """Raise ``InvalidError`` unless the dataset has the text field whose parts are marked."""
        if types.get(self.field) != "text":
            raise InvalidError(
                f"The dataset has no text field named {self.field!r} to mark spans in.", field="field"
            )

    def aggregate(self, values: Sequence[list[dict[str, Any]]]) -> Aggregate:
        """Return the spans, equal to the character, that more than half of the answers have.

        Two that overlap are never both among them, unless an answer has both.
        """
        answers = [[(span["start"], span["end"], span["label"]) for span in value] for value in values]
        chosen, support = majority(answers)
        spans = [{"label": label, "start": start, "end": end} for start, end, label in sorted(chosen)]
        return Aggregate(spans, support)

    def _parse(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or len(value) > _MAX_SPANS:
            raise InvalidError(f"The answer has to be a list of up to {_MAX_SPANS:,} spans.")
        spans = [self._parse_span(item) for item in value]
        if not self.allow_overlapping:
            _check_overlaps(spans)
        return spans

    def _parse_span(self, item: Any) -> dict[str, Any]:
        if not isinstance(item, dict):
            raise InvalidError("A span has to be an object with a label, a start and an end.")
        self.check_option(item.get("label"))
        span = {key: item.get(key) for key in ("label", "start", "end")}
        start, end = span["start"], span["end"]
        if type(start) is not int or type(end) is not int or not 0 <= start < end:
            raise InvalidError(f"A span cannot go from {shown(start)} to {shown(end)}.")
        return span

    def _check_against(self, parsed: list[dict[str, Any]], fields: Mapping[str, Any]) -> None:
        text = fields.get(self.field)
        # Browsers count UTF-16 units, Python counts characters: the longer count lets both pass.
        length = len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 0
        for span in parsed:
            if span["end"] > length:
                raise InvalidError(f"A span ends at {span['end']}, after the end of {self.field!r}.")

    def _check_change(self, changed: Self) -> None:
        super()._check_change(changed)
        if changed.field != self.field:
            raise InvalidError("The field of spans cannot change.", field="field")
        if self.allow_overlapping and not changed.allow_overlapping:
            raise InvalidError(
                "Spans may already overlap, so this cannot be turned off.", field="allow_overlapping"
            )


def _check_overlaps(spans: list[dict[str, Any]]) -> None:
    for one, next_ in pairwise(sorted(spans, key=lambda span: int(span["start"]))):
        if next_["start"] < one["end"]:
            raise InvalidError(f"Two spans overlap at {next_['start']}.")
