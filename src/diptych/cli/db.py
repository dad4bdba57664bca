"""``diptych db``: maintaining the database."""

import typer

from diptych.cli.context import messages, open_database

commands = typer.Typer(no_args_is_help=True, help="Maintain the database.")


@commands.callback()
def _group() -> None:
    """Make ``upgrade`` a subcommand: without a callback, typer would run a single command directly."""


@commands.command()
def upgrade() -> None:
    """Migrate the database to this version. Most commands also do this when they start."""
    with open_database():
        messages.print("The database is up to date.")
