"""Campaigns with everything in them that a backup has to bring back, each in a place of its own."""

import io
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import NullPool, Text, cast, create_engine, literal_column, select, text

from diptych.cli import app
from diptych.core import migrations, postgres
from diptych.core.db import Database, parse_url
from diptych.core.settings import Settings, get_settings
from diptych.models import Base, ResponseStatus, Role, Vector, VectorSettings
from diptych.responses.service import save_response
from diptych.users.service import ensure_default_workspace
from diptych.users.sessions import start_session
from tests import factories
from tests.browser.hands import import_pairs

DIPTYCH = str(Path(sys.executable).parent / "diptych")
# What a text format could trip over.
NASTY = "tab\t, line\nfeed, return\r, \\N \\. back\\slash, 'quotes\" and 猫 🐈 \u2028"


@dataclass(frozen=True)
class AnnotatorState:
    """A data directory, with the address of its database unless that is the embedded one."""

    data_dir: Path
    url: str = ""

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.data_dir, database_url=self.url or None)

    @property
    def environment(self) -> dict[str, str]:
        return {"DIPTYCH_DATA_DIR": str(self.data_dir), "DIPTYCH_DATABASE_URL": self.url, "COLUMNS": "200"}

    @property
    def database_name(self) -> str:
        return str(parse_url(self.url).database)

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Yield the database as it is."""
        if not self.url:
            with postgres.running(self.data_dir) as address, _closing(Database(address)) as database:
                yield database
            return
        with _closing(Database(self.url)) as database:
            yield database

    def state(self) -> tuple[dict[str, list[str]], dict[str, bytes]]:
        """Return every row of every table, as PostgreSQL writes it, and every stored picture."""
        with self.opened() as database, database.engine.connect() as connection:
            rows = {name: sorted(connection.scalars(_rows_of(name))) for name in Base.metadata.tables}
        return rows, self.pictures()

    def pictures(self) -> dict[str, bytes]:
        media = self.data_dir / "media"
        return {str(path.relative_to(media)): path.read_bytes() for path in media.rglob("*.*")}

    def revision(self) -> str | None:
        with self.opened() as database, database.engine.connect() as connection:
            return migrations.current_revision(connection)

    def start(self, *arguments: object, **options) -> subprocess.Popen[str]:
        """Start the command in a process of its own."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [DIPTYCH, *map(str, arguments)]
        return subprocess.Popen(command, env=inherited | self.environment, text=True, **pipes, **options)

    def run(self, *arguments: object, stdin: str = "", **options) -> "Outcome":
        """Run the command in a process of its own."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(stdin, timeout=120)
        return Outcome(process.returncode, out, err.strip())


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def fill(database, data_dir) -> None:
    """Have people, pictures, answers, suggestions, vectors, and somebody who is logged in."""
    with database.transaction() as session:
        ensure_default_workspace(session)
        ada = factories.user(session, "ada", role=Role.OWNER, password="correct horse")
        start_session(session, ada, days=1)
        cats = factories.dataset(session, "cats", guidelines=NASTY, min_submitted=2)
        fields = factories.images(NASTY)
        record = factories.record(session, cats, "nasty", fields=fields, metadata={"note": NASTY})
        factories.suggestion(session, record, "preference", "image_1", score=0.1 + 0.2)
        vector = session.query(VectorSettings).one()
        value = [0.1] * vector.dimensions
        session.add(
            Vector(dataset_id=cats.id, record_id=record.id, vectors_settings_id=vector.id, value=value)
        )
        values = {"preference": {"value": "image_2"}}
        save_response(session, cats, record.id, ada, values=values, status=ResponseStatus.SUBMITTED)
    import_pairs(database, cats, data_dir, 3)


@pytest.fixture(scope="session")
def new_database(database_url):
    """Make databases of any content on the tests' server: ``new_database(template)`` returns an address."""
    ours = parse_url(database_url)
    is_given = "DIPTYCH_TEST_DATABASE_URL" in os.environ
    admin = ours if is_given else ours.set(username="postgres", database="postgres")
    addresses = []

    def make(template: str | None = None) -> str:
        url = ours.set(database=f"spare_{uuid.uuid4().hex}")
        source = f"TEMPLATE {parse_url(template).database}" if template else ""
        _execute(admin, f"CREATE DATABASE {url.database} OWNER {ours.username} {source}")
        _execute(admin.set(database=url.database), "CREATE EXTENSION IF NOT EXISTS vector")
        addresses.append(url)
        return url.render_as_string(hide_password=False)

    yield make
    # The embedded server of the tests ends with them.
    for url in addresses if is_given else ():
        _execute(admin, f"DROP DATABASE {url.database} WITH (FORCE)")


@pytest.fixture(scope="session")
def campaign(new_database, tmp_path_factory) -> AnnotatorState:
    """A place with everything in it; tests that change it copy it."""
    place = AnnotatorState(tmp_path_factory.mktemp("campaign"), new_database())
    with place.opened() as database:
        migrations.upgrade(database)
        fill(database, place.data_dir)
    return place


@pytest.fixture(scope="session")
def whole(campaign, tmp_path_factory) -> Path:
    """A backup of the campaign."""
    path = tmp_path_factory.mktemp("backups") / "whole.diptych"
    outcome = campaign.run("backup", path)
    assert outcome.code == 0, outcome.err
    return path


@pytest.fixture
def place(new_database, tmp_path) -> AnnotatorState:
    """A place with nothing in it."""
    return AnnotatorState(tmp_path / "data", new_database())


@pytest.fixture
def copied(campaign, new_database, tmp_path) -> AnnotatorState:
    """A copy of the campaign."""
    shutil.copytree(campaign.data_dir, tmp_path / "copied")
    return AnnotatorState(tmp_path / "copied", new_database(campaign.url))


@pytest.fixture
def embedded(tmp_path) -> Iterator[AnnotatorState]:
    """A place whose database is the embedded one, which is not there yet."""
    place = AnnotatorState(tmp_path / "embedded")
    yield place
    if postgres.exists(place.data_dir):
        # A command that was killed leaves the server to the next one, which stops it.
        with postgres.running(place.data_dir):
            pass


@pytest.fixture
def diptych(monkeypatch, capsys):
    """Run the command in this process: ``diptych(place, "backup", path)``."""

    def run(place: AnnotatorState, *arguments: object, stdin: str = "") -> Outcome:
        for name, value in place.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        get_settings.cache_clear()
        with pytest.raises(SystemExit) as end:
            app([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(end.value.code or 0, captured.out, captured.err.strip())

    yield run
    get_settings.cache_clear()


@contextmanager
def _closing(database: Database) -> Iterator[Database]:
    yield database
    database.dispose()


def _rows_of(table: str):
    return select(cast(literal_column(table), Text)).select_from(text(table))


def _execute(url, statement: str) -> None:
    with create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        connection.execute(text(statement))
