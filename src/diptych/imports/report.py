"""What an import tells: how far it is, and what it did."""

from dataclasses import dataclass

from diptych.core.errors import InvalidError


@dataclass(frozen=True)
class Progress:
    """How far an import is: the bytes that were read, of how many, or that the database is at work."""

    done: int
    total: int
    is_writing: bool = False


@dataclass
class Report:
    """What an import did, in rows of the file, or would have done."""

    rows: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    answers: int = 0
    bad: int = 0
    people_added: int = 0


class BadRowsError(InvalidError):
    """Rows of the file are bad, so nothing was imported; ``report`` counts them."""

    def __init__(self, report: Report) -> None:
        super().__init__(
            f"{report.bad:,} of {report.rows:,} rows can't be imported, so nothing was. "
            "Fix them, or skip them with --skip-bad-rows.",
            bad=report.bad,
        )
        self.report = report
