"""What the doctor has to say."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from diptych.core.db import Database
from diptych.core.settings import Settings

# Ids that a finding names; all are counted.
NAMED = 3


@dataclass(frozen=True)
class Finding:
    """Something that does not add up: which check found it, where, what it is, and what to do about it.

    A note is no fault. ``is_repaired`` says that it was put right just now.
    """

    check: str
    place: str
    problem: str
    remedy: str
    is_note: bool = False
    is_repaired: bool = False


@dataclass(frozen=True)
class Patient:
    """What is looked at, and how.

    ``recounts`` puts right what follows from rows, ``is_deep`` decodes every picture.
    """

    database: Database
    settings: Settings
    recounts: bool = False
    is_deep: bool = False


@dataclass(frozen=True)
class DatasetRef:
    """A dataset, by its id and its name."""

    id: uuid.UUID
    name: str


RECOUNT = "diptych doctor --recount"


class Tally:
    """Counts things, and remembers the first few."""

    def __init__(self) -> None:
        self.count = 0
        self._named: list[str] = []

    def add(self, things: Sequence[object]) -> None:
        """Count some more."""
        self.count += len(things)
        self._named += [str(thing) for thing in things[: NAMED - len(self._named)]]

    def __str__(self) -> str:
        more = " …" if self.count > len(self._named) else ""
        return f"{self.count:,} ({', '.join(self._named)}{more})"
