"""``diptych db``: the database itself."""

import typer

from diptych.cli.context import messages, open_database

commands = typer.Typer(no_args_is_help=True, help="Look after the database.")


@commands.callback()
def _group() -> None:
    """Keep ``upgrade`` a word of its own although it is the only one."""


@commands.command()
def upgrade() -> None:
    """Bring the tables to this version; every command does so when it starts, too."""
    with open_database():
        messages.print("The database is up to date.")
