"""How Alembic reaches the database: a connection it is given, or the one that the settings name."""

from alembic import context
from sqlalchemy import Connection

from diptych.core.db import Database
from diptych.core.settings import get_settings
from diptych.models import Base


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _migrate_configured_database() -> None:
    address = get_settings().database_url
    if address is None:
        message = "Set DIPTYCH_DATABASE_URL, or use `diptych db upgrade`, which starts the embedded server."
        raise SystemExit(message)
    database = Database(address)
    with database.engine.connect() as connection:
        _migrate(connection)
    database.dispose()


given = context.config.attributes.get("connection")
if given is None:
    _migrate_configured_database()
else:
    _migrate(given)
