import pytest
from alembic import command
from sqlalchemy import inspect, text

from diptych.core import migrations
from diptych.core.errors import ConflictError
from diptych.models import Base


@pytest.fixture
def migrate(migrated_database):
    """Run an Alembic command on the test database."""

    def run(action, *arguments):
        alembic = migrations.config()
        with migrated_database.engine.begin() as connection:
            alembic.attributes["connection"] = connection
            action(alembic, *arguments)

    return run


def test_the_tables_go_down_and_up_again(migrate, migrated_database):
    migrate(command.downgrade, "base")
    with migrated_database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    migrate(command.upgrade, "head")
    with migrated_database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version", *Base.metadata.tables}


def test_the_migrations_make_what_the_models_say(migrate):
    migrate(command.check)


def test_a_database_of_a_newer_version_is_refused(migrated_database):
    set_revision = text("UPDATE alembic_version SET version_num = :revision")
    with migrated_database.engine.begin() as connection:
        head = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(set_revision, {"revision": "9999"})
    try:
        with pytest.raises(ConflictError, match=r"9999.*newer version"):
            migrations.upgrade(migrated_database)
    finally:
        with migrated_database.engine.begin() as connection:
            connection.execute(set_revision, {"revision": head})
