import os
import shutil
import stat

import pytest
from alembic import command
from sqlalchemy import text

from diptych.backups.manifest import check_backup
from diptych.core import migrations
from diptych.users.queries import find_user
from diptych.users.service import ensure_default_workspace
from tests import factories
from tests.backups.conftest import AnnotatorState
from tests.backups.test_backup import INCOMPRESSIBLE, limited, names

OLDER = "0008"


def set_back(place):
    """Have the tables of an older version, with somebody in them."""
    with place.opened() as database:
        migrations.upgrade(database)
        with database.transaction() as session:
            ensure_default_workspace(session)
            find_user(session, "ada") or factories.user(session, "ada")
        alembic = migrations.config()
        with database.engine.begin() as connection:
            alembic.attributes["connection"] = connection
            command.downgrade(alembic, OLDER)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A place with an embedded server that runs."""
    place = AnnotatorState(tmp_path_factory.mktemp("home"))
    with place.opened():
        yield place


@pytest.fixture
def older(home):
    """An embedded database of an older version."""
    set_back(home)
    yield home
    backups = home.data_dir / "backups"
    shutil.rmtree(backups) if backups.is_dir() else backups.unlink()


def backups_of(place):
    return sorted((place.data_dir / "backups").glob("*"))


def test_an_embedded_database_is_backed_up_before_its_tables_change(diptych, older, place):
    outcome = diptych(older, "users", "list")
    (path,) = backups_of(older)
    assert outcome.err == f"Backed up the database before migrating it: {path}"
    assert path.name.startswith(f"before-{migrations.head()}-")
    assert path.suffix == ".diptych"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert older.revision() == migrations.head()
    manifest = check_backup(path)
    assert manifest.revision == OLDER
    assert manifest.pictures.reason == "Migrations do not change pictures."
    outcome = diptych(place, "restore", path)
    assert "without the pictures" in outcome.err
    assert "ada" in diptych(place, "users", "list").out
    assert diptych(older, "users", "list").err == ""
    assert backups_of(older) == [path]


def test_a_new_database_needs_no_backup(diptych, embedded):
    assert diptych(embedded, "db", "upgrade").code == 0
    assert names(embedded.data_dir) == ["postgres"]


def test_the_newest_three_are_kept(diptych, older):
    folder = older.data_dir / "backups"
    folder.mkdir()
    for age in range(4, 0, -1):
        path = folder / f"before-000{5 - age}-20200101T000000Z.diptych"
        path.touch()
        os.utime(path, (-age, -age))
    (folder / "mine.diptych").touch()
    assert diptych(older, "users", "list").code == 0
    kept = [path.name[:11] for path in backups_of(older)]
    assert kept == ["before-0003", "before-0004", f"before-{migrations.head()}", "mine.diptyc"]


def test_without_a_backup_nothing_is_migrated(diptych, older):
    (older.data_dir / "backups").write_text("no folder")
    outcome = diptych(older, "users", "list")
    assert outcome.code == 1
    assert "the backup before it failed" in outcome.err
    assert "Nothing was changed" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert older.revision() == OLDER


def test_a_disk_without_room_for_the_backup_is_a_sentence(older):
    with older.opened() as database, database.transaction() as session:
        session.execute(INCOMPRESSIBLE)
    outcome = older.run("users", "list", preexec_fn=limited)
    assert outcome.code == 1
    assert "cannot be written: File too large." in outcome.err
    assert older.revision() == OLDER
    assert backups_of(older) == []


def test_a_database_elsewhere_is_migrated_with_a_word_about_that(diptych, place):
    set_back(place)
    outcome = diptych(place, "db", "upgrade")
    assert outcome.code == 0
    assert (
        "Migrating the database of DIPTYCH_DATABASE_URL, which is not backed up automatically." in outcome.err
    )
    assert place.revision() == migrations.head()
    assert not place.data_dir.exists()


@pytest.mark.parametrize(
    "arguments", [("db", "upgrade"), ("users", "list"), ("backup", "x.diptych"), ("doctor",)]
)
def test_a_database_of_a_newer_version_is_left_alone(diptych, copied, arguments):
    with copied.opened() as database, database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = copied.state()
    outcome = diptych(copied, *arguments)
    assert outcome.code == 1
    assert "a newer version has used it. Nothing was changed" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert copied.state() == before
