"""The command ``diptych``."""

from typing import Any


def app(*args: Any, **kwargs: Any) -> None:
    """Run the command line."""
    # Each worker process loads this module once more, and has no use for the commands.
    from diptych.cli.commands import run  # noqa: PLC0415

    run(*args, **kwargs)
