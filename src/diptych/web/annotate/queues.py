"""The queues of an annotator, with the number of records in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from diptych.models import AnnotatorProgress, ResponseStatus


class Queue(StrEnum):
    """A queue of an annotator's records."""

    PENDING = "pending"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    DISCARDED = "discarded"

    @property
    def status(self) -> ResponseStatus | None:
        """The status of the answers in this queue; pending records have no answer."""
        return None if self == Queue.PENDING else ResponseStatus(self.value)


@dataclass(frozen=True)
class QueueCount:
    """A queue with the number of records in it."""

    queue: Queue
    count: int
    is_current: bool


def count_queues(mine: AnnotatorProgress | None, *, records: int, current: Queue) -> Sequence[QueueCount]:
    """Return the queues of an annotator; the records that they have not answered are pending."""
    counts = {queue: getattr(mine, queue.value) if mine else 0 for queue in Queue if queue.status}
    counts[Queue.PENDING] = max(0, records - sum(counts.values()))
    return [QueueCount(queue=queue, count=counts[queue], is_current=queue == current) for queue in Queue]
