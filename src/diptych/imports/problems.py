"""What is wrong with a row, and where."""

from dataclasses import dataclass

from diptych.core.errors import InvalidError

# A message quotes at most this number of characters of a file.
MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be imported.

    ``line`` is the line of the file on which the row starts, ``column`` the file's own name for the cell at
    fault, if it is one, and ``record`` the number of the record where lines do not tell records apart.
    """

    line: int
    column: str | None
    reason: str
    record: int | None = None

    def __str__(self) -> str:
        location = f"line {self.line}"
        if self.record is not None:
            location += f", record {self.record}"
        if self.column is not None:
            location += f", column {self.column}"
        return f"{location}: {self.reason}"


def tidy(text: str) -> str:
    """Return a text of a file as it can be shown on any terminal or page, and stored: short and printable."""
    shown = text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}…"
    return "".join(character if character.isprintable() else "�" for character in shown)


class RowError(Exception):
    """A row cannot be imported; the caller, who knows its line, makes a ``Problem`` of it."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason

    @classmethod
    def from_invalid(cls, column: str | None, error: InvalidError) -> "RowError":
        """Return the error of a cell from the error of its value."""
        return cls(column, error.message.rstrip("."))
