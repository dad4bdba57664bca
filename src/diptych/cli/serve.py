"""``diptych serve``: running the server."""

import os
from contextlib import nullcontext
from typing import Annotated

import typer
import uvicorn

from diptych.cli.context import database_url, messages, prepare
from diptych.cli.links import DEFAULT_HOST, DEFAULT_PORT, base_url, invitation_link
from diptych.cli.worker import worker_process
from diptych.core import log
from diptych.core.db import Database
from diptych.core.settings import Settings, get_settings
from diptych.users.invitations import invite_first_owner

# How long requests may go on after a signal to stop, in seconds: a client that stopped reading never ends its
# own. Docker kills what has not ended after 10 s.
SHUTDOWN_TIMEOUT = 5

Host = Annotated[str, typer.Option(help="Address to listen on (0.0.0.0 for all).")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def serve_command(
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes that serve requests.")] = 1,
    worker: Annotated[
        bool, typer.Option(help="Also run a process that does jobs, such as imports of uploaded files.")
    ] = True,
) -> None:
    """Run the server, with the configured database or the embedded one."""
    settings = get_settings()
    with database_url(settings) as address:
        _invite_first_owner(address, settings, host, port)
        jobs = worker_process(address, settings) if worker else nullcontext()
        with jobs:
            listen(address, settings, host=host, port=port, workers=workers)


def listen(address: str, settings: Settings, *, host: str, port: int, workers: int = 1) -> None:
    """Serve requests until the process stops; those that it starts find the database in the environment."""
    messages.print(f"Diptych is at {base_url(settings, host, port)}", style="bold")
    os.environ["DIPTYCH_DATABASE_URL"] = address
    get_settings.cache_clear()
    log.configure(settings)
    uvicorn.run(
        "diptych.app:create_only_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        server_header=False,
        # The app's own middleware trusts the proxies in the settings.
        proxy_headers=False,
        # The app has no WebSockets, and uvicorn would log the whole address of a request for one.
        ws="none",
    )


def _invite_first_owner(address: str, settings: Settings, host: str, port: int) -> None:
    database = Database(address, pool_size=1)
    prepare(database, settings)
    with database.transaction() as session:
        token = invite_first_owner(session, hours=settings.invitation_hours)
    database.dispose()
    if token:
        messages.print("This server has no owner yet. Open this one-time link to create the owner's account:")
        messages.print(invitation_link(token, settings, host, port), style="bold", soft_wrap=True)
