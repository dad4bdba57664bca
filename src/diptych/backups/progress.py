"""The progress of a backup or a restore."""

from collections.abc import Callable

# Called with the name of the step, the amount done, and the total.
OnProgress = Callable[[str, int, int], None]


def silent(_step: str, _done: int, _total: int) -> None:
    """Ignore the progress."""
