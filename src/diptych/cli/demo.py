"""``diptych demo``: running a server with demonstration data."""

import secrets

from rich.table import Table

from diptych.cli.context import database_url, messages, prepare
from diptych.cli.links import DEFAULT_HOST, DEFAULT_PORT, base_url
from diptych.cli.serve import Host, Port, listen
from diptych.cli.worker import worker_process
from diptych.core.db import Database
from diptych.core.errors import NotFoundError
from diptych.core.paths import DEMO
from diptych.core.settings import Settings, get_settings
from diptych.datasets.queries import get_dataset, team_progress
from diptych.datasets.service import create_dataset_from_template
from diptych.imports.service import import_file
from diptych.models import Role
from diptych.users import queries, service

DATASET = "demo"
TEMPLATE = "image_preference"
PEOPLE = {"demo-owner": Role.OWNER, "demo-anna": Role.ANNOTATOR, "demo-ben": Role.ANNOTATOR}


def demo_command(host: Host = DEFAULT_HOST, port: Port = DEFAULT_PORT) -> None:
    """Run a server with a dataset of example pairs, an owner and two annotators."""
    settings = get_settings()
    with database_url(settings) as address:
        database = Database(address, pool_size=2)
        prepare(database, settings)
        _fill(database, settings)
        passwords = _welcome_people(database)
        database.dispose()
        _introduce(passwords, base_url(settings, host, port))
        with worker_process(address, settings):
            listen(address, settings, host=host, port=port)


def _fill(database: Database, settings: Settings) -> None:
    """Create the dataset if there is none, and import its pairs if it has no records."""
    with database.transaction() as session:
        try:
            dataset = get_dataset(session, DATASET)
        except NotFoundError:
            dataset = create_dataset_from_template(session, TEMPLATE, name=DATASET, min_submitted=2)
        if team_progress(session, [dataset.id])[dataset.id].records:
            return
    folder = DEMO / TEMPLATE
    with messages.status("Importing example pairs …"):
        import_file(database, dataset, folder / "pairs.csv", images=folder, settings=settings)


def _welcome_people(database: Database) -> dict[str, str]:
    """Give the demo users new random passwords, and return them by name."""
    passwords = {name: secrets.token_urlsafe(9) for name in PEOPLE}
    with database.transaction() as session:
        for name, role in PEOPLE.items():
            user = queries.find_user(session, name)
            if user is None:
                service.create_user(session, username=name, role=role, password=passwords[name])
            else:
                service.set_password(session, user, passwords[name])
    return passwords


def _introduce(passwords: dict[str, str], address: str) -> None:
    table = Table("name", "password", "role", title=f"Log in at {address}")
    for name, password in passwords.items():
        table.add_row(name, password, PEOPLE[name].value)
    messages.print(table)
