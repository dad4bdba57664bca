"""A line of the table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """A measured value and the limit to compare it with, if any, both in ``unit``.

    ``plans`` are the database's query plans, which only the file has.
    """

    what: str
    value: float
    unit: str
    limit: float | None = None
    limit_is: str = ""
    plans: Sequence[str] = ()

    @property
    def text(self) -> str:
        return f"{self.value:,.2f} {self.unit}"

    @property
    def limit_text(self) -> str:
        return "" if self.limit is None else f"{self.limit:,.2f} {self.unit} ({self.limit_is})"

    @property
    def ratio_text(self) -> str:
        return "" if not self.limit else f"{self.value / self.limit:.2f}"

    def as_dict(self) -> dict[str, object]:
        return asdict(self) | {"ratio": self.value / self.limit if self.limit else None}
