"""What the readers of all formats share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from diptych.imports.problems import Problem


@dataclass(slots=True)
class Row:
    """The cells of one record by name, and where in the file it starts; ``record`` as in ``Problem``."""

    line: int
    cells: dict[str, Any]
    record: int | None = None


class Reader(Protocol):
    """An open file, read once from its start to its end in memory that does not grow with it.

    ``columns`` are the names in its header after renaming, or None where each record has its own.
    """

    columns: list[str] | None

    def __iter__(self) -> Iterator[Row | Problem]:
        """Yield each row, or what is wrong with it."""


def rename(cells: dict[str, Any], renames: Mapping[str, str]) -> dict[str, Any]:
    """Return the cells of a record under our names for them."""
    if not renames:
        return cells
    return {renames.get(name, name): value for name, value in cells.items()}
