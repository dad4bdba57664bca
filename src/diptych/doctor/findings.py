"""The findings of the doctor."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from diptych.core.db import Database
from diptych.core.settings import Settings

# How many ids a finding names; it counts all.
NAMED = 3


@dataclass(frozen=True)
class Finding:
    """A problem: the check that found it, where it is, what it is, and what to do.

    A note is not an error. ``is_repaired`` says that the doctor has just fixed the problem.
    """

    check: str
    place: str
    problem: str
    remedy: str
    is_note: bool = False
    is_repaired: bool = False


@dataclass(frozen=True)
class Patient:
    """The server to check, and how.

    ``recounts`` fixes counts, ``is_deep`` decodes every picture.
    """

    database: Database
    settings: Settings
    recounts: bool = False
    is_deep: bool = False


@dataclass(frozen=True)
class DatasetRef:
    """The id and name of a dataset."""

    id: uuid.UUID
    name: str


RECOUNT = "diptych doctor --recount"


class Tally:
    """Counts things, and remembers the first few."""

    def __init__(self) -> None:
        self.count = 0
        self._named: list[str] = []

    def add(self, things: Sequence[object]) -> None:
        """Count more things."""
        self.count += len(things)
        self._named += [str(thing) for thing in things[: NAMED - len(self._named)]]

    def __str__(self) -> str:
        more = " …" if self.count > len(self._named) else ""
        return f"{self.count:,} ({', '.join(self._named)}{more})"
