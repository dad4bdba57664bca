"""What a kind of job is; each domain declares its own, and the app joins them."""

from collections.abc import Callable
from dataclasses import dataclass

from diptych.jobs.run import JobRun
from diptych.models import Lane


@dataclass(frozen=True)
class JobKind:
    """A kind of job: the name that is stored with each, its lane, and the function that does one.

    The function calls ``JobRun.finish`` in the transaction of its last change. What it returns without that
    call has no result, and a ``DiptychError`` that it raises is shown to the person who asked for the job.
    """

    name: str
    lane: Lane
    do: Callable[[JobRun], None]
