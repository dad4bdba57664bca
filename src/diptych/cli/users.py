"""``diptych users``: people, from the command line."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from diptych.cli.context import messages, open_database, read_password
from diptych.cli.links import invitation_link
from diptych.core.settings import get_settings
from diptych.models import Role, User
from diptych.users import queries, service
from diptych.users.invitations import invite_user
from diptych.users.service import DEFAULT_WORKSPACE

commands = typer.Typer(no_args_is_help=True, help="Add, list and disable people.")

Name = Annotated[str, typer.Argument(help="The name the person logs in with.")]
PasswordStdin = Annotated[bool, typer.Option(help="Read the password from standard input.")]


@commands.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    password_stdin: PasswordStdin = False,
    api_key: Annotated[bool, typer.Option(help="Make an API key and print it, this once.")] = False,
    workspace: Annotated[str, typer.Option(help="The workspace they belong to.")] = DEFAULT_WORKSPACE,
) -> None:
    """Add a person; without a password, print a one-time link with which they choose one."""
    password = read_password() if password_stdin else None
    with open_database() as database, database.transaction() as session:
        user = service.create_user(session, username=name, role=role, password=password, workspace=workspace)
        key = service.rotate_api_key(session, user) if api_key else None
        token = None if password else invite_user(session, user, hours=get_settings().invitation_hours)
    messages.print(f"{name} is now here as {role.value}.", markup=False)
    _print_link(token)
    if key:
        messages.print("Their API key, which cannot be shown again:")
        typer.echo(key)


@commands.command("list")
def list_users() -> None:
    """List everybody."""
    table = Table("name", "role", "state", "API key", "id")
    with open_database() as database, database.transaction() as session:
        for user in queries.list_users(session):
            key = f"{user.api_key_prefix}…" if user.api_key_prefix else ""
            table.add_row(user.username, user.role.value, _state(user), key, str(user.id))
    Console().print(table)


@commands.command()
def disable(name: Name) -> None:
    """Close an account at once; the person's answers stay."""
    with open_database() as database, database.transaction() as session:
        service.disable_user(session, queries.get_user(session, name))
    messages.print(f"{name} is disabled.", markup=False)


@commands.command()
def reset_password(name: Name, password_stdin: PasswordStdin = False) -> None:
    """Set a new password, or print a one-time link with which the person chooses one."""
    password = read_password() if password_stdin else None
    with open_database() as database, database.transaction() as session:
        user = queries.get_user(session, name)
        if password is not None:
            service.set_password(session, user, password)
            token = None
        else:
            token = invite_user(session, user, hours=get_settings().invitation_hours)
    if token is None:
        messages.print(f"{name} has a new password.", markup=False)
    _print_link(token)


def _print_link(token: str | None) -> None:
    if token is None:
        return
    messages.print("They choose a password with this link, which works once:")
    typer.echo(invitation_link(token, get_settings()))


def _state(user: User) -> str:
    if user.disabled_at is not None:
        return "disabled"
    return "active" if user.password_hash or user.api_key_hash else "invited"
