"""Waiting for what sends no event: tests look again and again, for a limited time, here and nowhere else."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

_PAUSE_S = 0.02

T = TypeVar("T")


def looks(seconds: float) -> Iterator[None]:
    """Yield at once, and then every few milliseconds until so many seconds are over."""
    deadline = time.monotonic() + seconds
    yield
    while time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
        yield


def wait_until(
    look: Callable[[], T],
    what: str | Callable[[], object] = "it",
    *,
    seconds: float = 10,
    ignoring: type[Exception] | tuple[type[Exception], ...] = (),
) -> T:
    """Return the first true value that ``look`` returns; errors to ignore count as none.

    If there is none in time, the test fails, and is told for ``what`` it waited.
    """
    seen: object = None
    for _ in looks(seconds):
        try:
            seen = look()
        except ignoring as error:
            seen = error
        else:
            if seen:
                return seen
    message = f"after {seconds} s still {seen!r}: {what() if callable(what) else what}"
    raise AssertionError(message)
