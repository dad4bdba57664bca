"""The command ``diptych``."""

from typing import Any


def app(*args: Any, **kwargs: Any) -> None:
    """Run the command line."""
    # Each worker process loads this module again and does not need the commands.
    from diptych.cli.commands import run  # noqa: PLC0415

    run(*args, **kwargs)
