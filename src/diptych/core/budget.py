"""Bounds what threads of a process use together."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """An amount that threads share. Each takes its part for a while, and waits until so much is left."""

    def __init__(self, amount: int) -> None:
        self._amount = self._left = amount
        self._change = threading.Condition()

    @contextmanager
    def spend(self, part: int) -> Iterator[None]:
        """Take a part for the length of the block; one that is larger than the budget takes all of it."""
        part = min(part, self._amount)
        with self._change:
            self._change.wait_for(lambda: self._left >= part)
            self._left -= part
        try:
            yield
        finally:
            with self._change:
                self._left += part
                self._change.notify_all()
