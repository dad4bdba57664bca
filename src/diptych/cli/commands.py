"""All commands, and how they show errors."""

import sys
from typing import Any

import typer
from sqlalchemy.exc import OperationalError

from diptych.cli import backup, datasets, db, demo, doctor, exports, imports, serve, users, worker
from diptych.cli.context import messages
from diptych.core.errors import DiptychError

commands = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A server for human preference over pairs of images.",
)
commands.command("serve")(serve.serve_command)
commands.command("worker")(worker.worker_command)
commands.command("demo")(demo.demo_command)
commands.command("import")(imports.import_command)
commands.command("export")(exports.export_command)
commands.command("backup")(backup.backup_command)
commands.command("restore")(backup.restore_command)
commands.command("doctor")(doctor.doctor_command)
commands.add_typer(datasets.commands, name="datasets")
commands.add_typer(users.commands, name="users")
commands.add_typer(db.commands, name="db")


def run(*args: Any, **kwargs: Any) -> None:
    """Run a command; an error that the user can act on is one sentence, not a traceback."""
    try:
        commands(*args, **kwargs)
    except DiptychError as error:
        messages.print(f"error: {error.message}", style="red", markup=False)
        sys.exit(1)
    except OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        messages.print(f"error: the database is not responding: {reason}", style="red", markup=False)
        sys.exit(1)
