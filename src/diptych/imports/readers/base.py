"""What the readers of all formats share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from diptych.imports.problems import Problem

_SHOWN = 20


@dataclass(slots=True)
class Row:
    """The cells of one record by name, and where in the file it starts; ``record`` as in ``Problem``."""

    line: int
    cells: dict[str, Any]
    record: int | None = None


class Reader(Protocol):
    """An open file, read once from its start to its end in memory that does not grow with it."""

    @property
    def columns(self) -> list[str] | None:
        """The names in its header, after renaming, or None where each record has its own."""

    def __iter__(self) -> Iterator[Row | Problem]:
        """Yield each row, or what is wrong with it."""


def describe(columns: Sequence[str]) -> str:
    """Return a sentence that lists the columns of a file."""
    shown = ", ".join(map(repr, columns[:_SHOWN]))
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    return f"Its columns are {shown}{more}."


def rename(cells: dict[str, Any], renames: Mapping[str, str]) -> dict[str, Any]:
    """Return the cells of a record under our names for them."""
    if not renames:
        return cells
    return {renames.get(name, name): value for name, value in cells.items()}
