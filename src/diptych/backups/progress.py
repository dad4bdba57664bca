"""How far a backup is, or its restoration."""

from collections.abc import Callable

# Called with what is being done, and how much of how much of it is done.
OnProgress = Callable[[str, int, int], None]


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
