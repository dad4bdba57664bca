"""The queues that a person's records are in, and how many are in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from diptych.models import AnnotatorProgress, ResponseStatus


class Queue(StrEnum):
    """The queues that a person's records are in."""

    PENDING = "pending"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    DISCARDED = "discarded"

    @property
    def status(self) -> ResponseStatus | None:
        """The status of the answers in this item; what is pending has no answer."""
        return None if self == Queue.PENDING else ResponseStatus(self.value)


@dataclass(frozen=True)
class QueueCount:
    """A queue with the number of records in it."""

    queue: Queue
    count: int
    is_current: bool


def count_queues(mine: AnnotatorProgress | None, *, records: int, current: Queue) -> Sequence[QueueCount]:
    """Return the queues of a person; what they have no answer on, of all the records, is pending."""
    counts = {queue: getattr(mine, queue.value) if mine else 0 for queue in Queue if queue.status}
    counts[Queue.PENDING] = max(0, records - sum(counts.values()))
    return [QueueCount(queue=queue, count=counts[queue], is_current=queue == current) for queue in Queue]
