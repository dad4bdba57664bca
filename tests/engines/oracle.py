"""What the database has to hold, given what was on screen when each key came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import select

from diptych.core.db import Database
from diptych.models import AnnotatorProgress, Dataset, Record, Response, ResponseEvent, User
from tests.engines.sight import Press, Sight

_OTHER_KEYS = {"3": "both_good", "4": "both_bad", "5": "toxic_content"}
KEYS = ("1", "2", *_OTHER_KEYS)


@dataclass
class Given:
    """The answers to a record in their order; ``perhaps`` are those that the page may have taken, or not."""

    values: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)

    @property
    def possible(self) -> set[str]:
        """What may be stored in the end."""
        return {*self.values[-1:], *self.perhaps}


class Oracle:
    """What one annotator saw and pressed in one dataset."""

    def __init__(self, database: Database, dataset: Dataset, user: User) -> None:
        self._database = database
        self._dataset = dataset
        self.user = user
        self.given: dict[str, Given] = {}
        with database.transaction() as session:
            records = session.scalars(select(Record).where(Record.dataset_id == dataset.id))
            self._pairs = {str(record.id): record.fields["images"] for record in records}

    def meaning(self, sight: Sight, key: str) -> str:
        """Return what a key stands for while this is on screen."""
        if key in _OTHER_KEYS:
            return _OTHER_KEYS[key]
        names = {self._pairs[sight.record][name]: name for name in ("image_1", "image_2")}
        return names[sight.images[int(key) - 1]]

    def take(self, press: Press, key: str) -> None:
        """Remember an answer that the page took."""
        self._of(press).values.append(self.meaning(press, key))
        self._of(press).perhaps.clear()

    def take_perhaps(self, press: Sight, key: str) -> None:
        """Remember an answer of which the page did not say whether it took it."""
        self._of(press).perhaps.append(self.meaning(press, key))

    def _of(self, sight: Sight) -> Given:
        return self.given.setdefault(sight.record, Given())

    def hides_answer(self, sight: Sight) -> bool:
        """Say whether a card looks unanswered, although it has an answer."""
        given = self.given.get(sight.record)
        return bool(given and given.values and sight.status == "")

    def shows_other_answer(self, sight: Sight) -> bool:
        """Say whether a card shows another answer than the one that was given."""
        given = self.given.get(sight.record)
        return bool(given and sight.status and not given.possible & set(sight.chosen))

    def sides_disagree(self, sight: Sight) -> bool:
        """Say whether the form means other sides than those on which the pictures are."""
        left = self.meaning(sight, "1")
        return left != f"image_{sight.shown_order.partition(',')[0]}" or any(
            value != self.meaning(sight, key) for key, value in sight.values.items()
        )

    def list_differences(self) -> list[str]:
        """Compare with the stored responses."""
        stored = {record: values[-1] for record, values in self._stored(Response).items()}
        return [
            f"{record}: stored {stored.get(record)}, given {given}"
            for record, given in self._expected(stored).items()
            if stored.get(record) not in (given.possible or {None})
            and not (given.perhaps and not given.values and record not in stored)
        ]

    def list_event_differences(self) -> list[str]:
        """Compare with the audit trail: each change is in it once, in the order in which it was made."""
        events = self._stored(ResponseEvent)
        return [
            f"{record}: events {events.get(record)}, given {given}"
            for record, given in self._expected(events).items()
            if not given.perhaps and events.get(record, []) != [value for value, _ in groupby(given.values)]
        ]

    def _expected(self, found: Mapping[str, object]) -> dict[str, Given]:
        return {record: Given() for record in found} | self.given

    def counts(self) -> dict[str, int]:
        """Return what the queues count, as it is stored."""
        key = {"dataset_id": self._dataset.id, "user_id": self.user.id}
        with self._database.transaction() as session:
            mine = session.get(AnnotatorProgress, key)
            done = {name: getattr(mine, name, 0) for name in ("draft", "submitted", "discarded")}
        return {"pending": len(self._pairs) - sum(done.values()), **done}

    def _stored(self, table: type[Response] | type[ResponseEvent]) -> dict[str, Sequence[str]]:
        mine = select(table).where(table.dataset_id == self._dataset.id, table.user_id == self.user.id)
        found: dict[str, list[str]] = {}
        with self._database.transaction() as session:
            for row in session.scalars(mine.order_by(table.inserted_at, table.id)):
                found.setdefault(str(row.record_id), []).append(row.values["preference"]["value"])
        return found
