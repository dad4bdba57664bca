"""One real PostgreSQL for the whole run: the embedded one, or ``DIPTYCH_TEST_DATABASE_URL``."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import argon2
import pytest
from fastapi import FastAPI
from sqlalchemy import DateTime, NullPool, cast, create_engine, func, select, text
from sqlalchemy.orm import Session

from diptych.app import create_app
from diptych.core import admission, clock, log, migrations, postgres
from diptych.core.db import Database, parse_url
from diptych.core.settings import Settings
from diptych.models import Base
from diptych.users import authentication
from diptych.users.service import ensure_default_workspace


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """Hash as the product does, but with a cost that hundreds of logins can bear."""
    with pytest.MonkeyPatch.context() as patch:
        hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("diptych.core.passwords.hasher", hasher)
        yield


@pytest.fixture(scope="session")
def database_url(tmp_path_factory) -> Iterator[str]:
    given = os.environ.get("DIPTYCH_TEST_DATABASE_URL")
    if given:
        yield _for_this_process(given)
        return
    with postgres.running(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture(scope="session")
def migrated_database(database_url) -> Iterator[Database]:
    """The tables, made by the migrations in an empty schema."""
    database = Database(database_url)
    with database.engine.begin() as connection:
        _refuse_a_database_in_use(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        Base.metadata.drop_all(connection)
    migrations.upgrade(database)
    yield database
    database.dispose()


@pytest.fixture
def database(migrated_database) -> Iterator[Database]:
    """A database that the code under test commits to; emptied after the test."""
    with emptied(migrated_database):
        yield migrated_database


@contextmanager
def emptied(database: Database) -> Iterator[None]:
    """Have nothing in a database but the default workspace, and nothing at all afterwards."""
    with database.transaction() as session:
        ensure_default_workspace(session)
    yield
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables}"))


@pytest.fixture(scope="session")
def shared_app(migrated_database, tmp_path_factory) -> Iterator[FastAPI]:
    """The app of all tests that need none of their own: making one takes longer than most of them."""
    address = migrated_database.url.render_as_string(hide_password=False)
    app = create_app(Settings(database_url=address, data_dir=tmp_path_factory.mktemp("data")))
    yield app
    app.state.database.dispose()


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    """Settings with a folder of the test's own."""
    return Settings(database_url=database.url.render_as_string(hide_password=False), data_dir=tmp_path)


@pytest.fixture
def app(shared_app, settings) -> Iterator[FastAPI]:
    """The app, with the settings of the test."""
    usual, shared_app.state.settings = shared_app.state.settings, settings
    log.configure(settings)
    yield shared_app
    shared_app.state.settings = usual


@pytest.fixture
def stopped_clock(database, monkeypatch) -> None:
    """Stop the time that login limits go by; only ``tests.users.logins.pass_time`` moves it on.

    So what a test sees does not depend on how long the machine takes.
    """
    with database.transaction() as session:
        moment = session.scalar(select(func.now()))
    monkeypatch.setattr(clock, "now", lambda: cast(moment, DateTime(timezone=True)))


@pytest.fixture
def no_patience(stopped_clock, monkeypatch) -> None:
    """Refuse a password that has to wait, however short the time."""
    monkeypatch.setattr(authentication, "MAX_WAIT", 0)


@pytest.fixture
def long_patience(monkeypatch) -> None:
    """Let requests wait longer for their turn than a busy machine takes to get to them."""
    monkeypatch.setattr(admission, "ADMISSION_TIMEOUT", 120)


@pytest.fixture
def session(migrated_database) -> Iterator[Session]:
    """A session whose work is never committed."""
    with migrated_database.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, expire_on_commit=False) as session:
            ensure_default_workspace(session)
            yield session
        transaction.rollback()


def _for_this_process(address: str) -> str:
    """Return the database that is given or, in one of several processes, a new one beside it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return address
    url = parse_url(address)
    name = f"{url.database}_{worker}"
    with create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    return url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)


def _refuse_a_database_in_use(connection) -> None:
    exists = connection.scalar(text("SELECT to_regclass('records') IS NOT NULL"))
    if exists and connection.scalar(text("SELECT EXISTS (SELECT FROM records)")):
        pytest.exit("DIPTYCH_TEST_DATABASE_URL names a database with records in it; tests empty theirs.", 2)
