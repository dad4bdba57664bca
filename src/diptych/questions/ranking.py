"""Put options in order."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from diptych.core.errors import InvalidError
from diptych.core.kinds import Kind, ListOf, Scalar
from diptych.core.storable import shown
from diptych.questions.aggregate import Aggregate
from diptych.questions.options import Option, OptionSettings


class RankingSettings(OptionSettings):
    """2 to 50 options, each of which gets a rank; several may share one.

    An answer is stored as ``[{"value": …, "rank": …}]``, the best rank first. It may come as a list of values
    too: a rank that is missing is the position in the list.
    """

    exported_as: ClassVar[Kind] = ListOf(Scalar.TEXT)
    searched_member: ClassVar[str | None] = "value"
    # As the SDK has it: the options alone, the best first.
    exported_member: ClassVar[str | None] = "value"

    type: Literal["ranking"] = "ranking"
    options: list[Option] = Field(min_length=2, max_length=50)

    def aggregate(self, values: Sequence[list[dict[str, Any]]]) -> Aggregate:
        """Return the options by their mean rank; options of the same mean share a rank.

        Support is the share of all pairs of options, in all answers, that stand in the same order.
        """
        answers = [{item["value"]: item["rank"] for item in value} for value in values]
        sums = {option.value: sum(answer[option.value] for answer in answers) for option in self.options}
        order = sorted(sums, key=lambda value: sums[value])
        ranks = {value: 1 + sum(other < sums[value] for other in sums.values()) for value in order}
        pairs = list(combinations(order, 2))
        agreed = sum(
            _order(answer[one], answer[two]) == _order(ranks[one], ranks[two])
            for answer in answers
            for one, two in pairs
        )
        value = [{"value": value, "rank": ranks[value]} for value in order]
        return Aggregate(value, agreed / (len(pairs) * len(answers)))

    def _parse(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise InvalidError("The answer has to be a list of ranked options.")
        ranked = [self._parse_item(place, item) for place, item in enumerate(value, 1)]
        if len({item["value"] for item in ranked}) < len(ranked):
            raise InvalidError("The answer has an option twice.")
        return sorted(ranked, key=lambda item: int(item["rank"]))

    def _parse_item(self, place: int, item: Any) -> dict[str, Any]:
        value, rank = (item.get("value"), item.get("rank")) if isinstance(item, dict) else (item, None)
        self.check_option(value)
        rank = place if rank is None else rank
        if type(rank) is not int or not 1 <= rank <= len(self.options):
            raise InvalidError(f"{shown(rank)} is not a rank from 1 to {len(self.options)}.")
        return {"value": value, "rank": rank}

    def _check_complete(self, parsed: list[dict[str, Any]]) -> None:
        if missing := self.values.difference(item["value"] for item in parsed):
            raise InvalidError(f"The answer does not rank {shown(min(missing))}.")

    def _check_change(self, changed: Self) -> None:
        if changed != self:
            raise InvalidError("The settings of a ranking cannot change.", field="settings")


def _order(one: int, two: int) -> int:
    return (one > two) - (one < two)
