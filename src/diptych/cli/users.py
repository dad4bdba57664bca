"""``diptych users``: managing users."""

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

commands = typer.Typer(no_args_is_help=True, help="Add, list and disable users.")

Name = Annotated[str, typer.Argument(help="The name the user logs in with.")]
PasswordStdin = Annotated[bool, typer.Option(help="Read the password from standard input.")]


@commands.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="The role of the user.")],
    password_stdin: PasswordStdin = False,
    api_key: Annotated[bool, typer.Option(help="Create an API key and print it once.")] = False,
    workspace: Annotated[str, typer.Option(help="The user's workspace.")] = DEFAULT_WORKSPACE,
) -> None:
    """Add a user. Without a password, print a one-time link to choose one."""
    password = read_password() if password_stdin else None
    with open_database() as database, database.transaction() as session:
        user = service.create_user(session, username=name, role=role, password=password, workspace=workspace)
        key = service.rotate_api_key(session, user) if api_key else None
        token = None if password else invite_user(session, user, hours=get_settings().invitation_hours)
    messages.print(f"Added {name} ({role.value}).", markup=False)
    _print_link(token)
    if key:
        messages.print("Their API key (it can't be shown again):")
        typer.echo(key)


@commands.command("list")
def list_users() -> None:
    """List all users."""
    table = Table("name", "role", "state", "API key", "id")
    with open_database() as database, database.transaction() as session:
        for user in queries.list_users(session):
            key = f"{user.api_key_prefix}…" if user.api_key_prefix else ""
            table.add_row(user.username, user.role.value, _state(user), key, str(user.id))
    Console().print(table)


@commands.command()
def disable(name: Name) -> None:
    """Disable an account immediately; the user's answers stay."""
    with open_database() as database, database.transaction() as session:
        service.disable_user(session, queries.get_user(session, name))
    messages.print(f"Disabled {name}.", markup=False)


@commands.command()
def reset_password(
    name: Name,
    password_stdin: PasswordStdin = False,
    revoke_api_key: Annotated[bool, typer.Option(help="Also revoke the user's API key.")] = False,
) -> None:
    """Set a new password, or print a one-time link to choose one.

    A new password logs the user out everywhere. Their API key keeps working unless you revoke it.
    """
    password = read_password() if password_stdin else None
    with open_database() as database, database.transaction() as session:
        user = queries.get_user(session, name)
        if revoke_api_key:
            service.revoke_api_key(session, user)
        if password is not None:
            service.set_password(session, user, password)
            token = None
        else:
            token = invite_user(session, user, hours=get_settings().invitation_hours)
    _say_what_ended(user, has_new_password=token is None, is_key_revoked=revoke_api_key)
    _print_link(token)


def _say_what_ended(user: User, *, has_new_password: bool, is_key_revoked: bool) -> None:
    if has_new_password:
        said = f"{user.username} has a new password and was logged out everywhere."
    else:
        said = f"{user.username} stays logged in and keeps the old password until they choose a new one."
    messages.print(said, markup=False)
    if is_key_revoked:
        messages.print("Their API key was revoked.")
    elif user.api_key_hash is not None:
        messages.print("Their API key still works; use --revoke-api-key to revoke it.")


def _print_link(token: str | None) -> None:
    if token is None:
        return
    messages.print("Send them this one-time link to choose a password:")
    typer.echo(invitation_link(token, get_settings()))


def _state(user: User) -> str:
    if user.disabled_at is not None:
        return "disabled"
    return "active" if user.password_hash or user.api_key_hash else "invited"
