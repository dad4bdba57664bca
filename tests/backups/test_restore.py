import gzip
import json
import signal
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import select, text

from diptych.backups import archive
from diptych.backups.service import write_backup
from diptych.core import migrations
from diptych.core.db import new_id
from diptych.core.postgres.layout import Layout
from diptych.imports.jobs import create_import
from diptych.imports.queries import list_imports
from diptych.jobs.queries import has_worker
from diptych.models import Dataset, User, Worker
from tests.backups.test_backup import limited
from tests.polling import wait_until

OLD_ROWS = """
INSERT INTO workspaces (id, name) VALUES (gen_random_uuid(), 'old');
INSERT INTO datasets (id, workspace_id, name, status) SELECT id, id, 'cats', 'ready' FROM workspaces;
INSERT INTO records (dataset_id, id, fields, metadata, position, min_submitted)
SELECT id, id, '{}', '{}', 1, 1 FROM datasets;
"""
MANY_PEOPLE = text("""
INSERT INTO users (id, username, role)
SELECT gen_random_uuid(), n, 'annotator' FROM generate_series(1, 150000) n
""")
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"
CONSTRAINTS = """
SELECT format('%s %s %s', CAST(conrelid AS regclass), conname, pg_get_constraintdef(oid)) FROM pg_constraint
WHERE connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1
"""
# Whether tables are being replaced, seen from another database: the one that is restored is left alone.
AT_WORK = """
SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
               WHERE d.datname = 'diptych' AND l.mode = 'AccessExclusiveLock' AND l.granted)
"""


def rewritten(source, target, change, extra=()):
    """Write a backup anew with its members changed, ``change(name, content)``, and ``extra`` ones."""
    with target.open("wb") as file:
        writer = archive.ArchiveWriter(file)
        members = [(name, content.read()) for name, content in archive.members(source) if name != "sha256"]
        for name, content in [*members, *extra]:
            changed = change(name, content)
            writer.add(name, len(changed), [changed])
        writer.end()
    return target


def unchanged(_name, content):
    return content


def change_since(place):
    with place.opened() as database, database.transaction() as session:
        session.execute(text("UPDATE users SET first_name = 'changed since'"))


def test_what_comes_back_is_what_was_there(diptych, whole, campaign, place):
    outcome = diptych(place, "restore", whole)
    assert outcome.code == 0, outcome.err
    assert "4 records, 1 answers, 6 pictures" in outcome.err
    assert place.state() == campaign.state()


def schema_of(place):
    """Return the definitions of all keys, constraints and indexes."""
    with place.opened() as database, database.engine.connect() as connection:
        return [connection.scalars(text(statement)).all() for statement in (INDEXES, CONSTRAINTS)]


def test_the_tables_are_what_the_migrations_make(diptych, whole, place, copied):
    assert diptych(place, "restore", whole).code == 0
    assert schema_of(place) == schema_of(copied)


def test_a_backup_moves_to_the_embedded_server_and_replaces_data_there_by_name(whole, campaign, embedded):
    outcome = embedded.run("restore", whole)
    assert outcome.code == 0, outcome.err
    assert embedded.state() == campaign.state()
    change_since(embedded)
    outcome = embedded.run("restore", whole, "--replace", stdin="embedded\n")
    assert outcome.code == 0, outcome.err
    assert embedded.state() == campaign.state()


def test_data_is_replaced_only_by_name(diptych, whole, campaign, copied):
    change_since(copied)
    before, name = copied.state(), copied.database_name
    outcome = diptych(copied, "restore", whole)
    assert outcome.code == 1
    assert outcome.err == f"error: {name} already contains data. To replace all of it, use --replace."
    for typed in ("", "\n\n", "data\n", f"{name.upper()}\n"):
        assert diptych(copied, "restore", whole, "--replace", stdin=typed).code == 1
    assert copied.state() == before
    assert diptych(copied, "restore", whole, "--replace", stdin=f"{name}\n").code == 0
    assert copied.state() == campaign.state()


def test_people_without_records_are_data_too(diptych, whole, place):
    assert diptych(place, "users", "add", "ada", "--role", "owner").code == 0
    assert diptych(place, "restore", whole).code == 1


def test_a_place_that_a_server_has_just_made_is_empty(diptych, whole, campaign, place):
    assert diptych(place, "db", "upgrade").code == 0
    assert diptych(place, "restore", whole).code == 0
    assert place.state() == campaign.state()


def test_a_data_directory_that_is_in_use_is_left_alone(whole, embedded):
    with embedded.opened():
        outcome = embedded.run("restore", whole)
        assert outcome.code == 1
        assert f"A server or another command is using the data in {embedded.data_dir}." in outcome.err
    assert embedded.revision() is None
    assert embedded.pictures() == {}


def test_a_database_that_is_in_use_is_left_alone(diptych, whole, copied):
    before, typed = copied.state(), f"{copied.database_name}\n"
    with copied.opened() as database, database.transaction() as session:
        session.execute(text("SELECT 1"))
        outcome = diptych(copied, "restore", whole, "--replace", stdin=typed)
    assert outcome.code == 1
    assert "1 other connections are using the database." in outcome.err
    assert copied.state() == before
    assert diptych(copied, "restore", whole, "--replace", stdin=typed).code == 0


def test_a_damaged_backup_changes_nothing(diptych, whole, place, tmp_path):
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "damaged").write_bytes(content)
    outcome = diptych(place, "restore", tmp_path / "damaged")
    assert outcome.code == 1
    assert "is damaged" in outcome.err
    assert place.revision() is None
    assert place.pictures() == {}


@pytest.mark.parametrize("newer", [{"format": 2}, {"revision": "9999"}, {"revision": "head"}])
def test_a_backup_of_a_newer_version_is_refused(diptych, whole, place, tmp_path, newer):
    def change(name, content):
        values = {"diptych": "9.0", **newer}
        return json.dumps(json.loads(content) | values).encode() if name == "manifest.json" else content

    outcome = diptych(place, "restore", rewritten(whole, tmp_path / "newer", change))
    assert outcome.code == 1
    assert "was written by Diptych 9.0" in outcome.err
    assert place.revision() is None


def test_a_backup_of_an_older_version_is_migrated(diptych, place, new_database, tmp_path):
    with place.opened() as database:
        with database.engine.begin() as connection:
            migrations.migrate(connection, "0004")
            connection.execute(text(OLD_ROWS))
        write_backup(database, tmp_path / "older", settings=place.settings)
    new = type(place)(tmp_path / "new", new_database())
    outcome = diptych(new, "restore", tmp_path / "older")
    assert outcome.code == 0, outcome.err
    rows, _ = new.state()
    assert (len(rows["records"]), len(rows["record_blocks"])) == (1, 1)
    assert new.revision() == migrations.head()


def test_tables_of_others_in_the_database_stay(diptych, whole, campaign, copied):
    with copied.opened() as database, database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_somebody_else AS SELECT 1 AS one"))
    outcome = diptych(copied, "restore", whole, "--replace", stdin=f"{copied.database_name}\n")
    assert outcome.code == 0, outcome.err
    assert copied.state() == campaign.state()
    with copied.opened() as database, database.engine.connect() as connection:
        assert connection.scalar(text("SELECT one FROM of_somebody_else")) == 1


def test_rows_that_do_not_fit_change_nothing(diptych, whole, copied, tmp_path):
    def change(name, content):
        is_last = name.startswith("tables/record_blocks/")
        return gzip.compress(b"nonsense\n") if is_last else content

    broken = rewritten(whole, tmp_path / "broken", change)
    change_since(copied)
    before = copied.state()
    outcome = diptych(copied, "restore", broken, "--replace", stdin=f"{copied.database_name}\n")
    assert outcome.code == 1
    assert "The database rejected the backup" in outcome.err
    assert copied.state() == before


@pytest.mark.parametrize("name", ["media/../../evil", "media//etc/evil", "media/aa/../../../evil.png"])
def test_a_name_that_leads_elsewhere_is_refused(diptych, whole, place, tmp_path, name):
    evil = rewritten(whole, tmp_path / "evil.diptych", unchanged, [(name, b"evil")])
    outcome = diptych(place, "restore", evil)
    assert outcome.code == 1
    assert "which is not a stored picture" in outcome.err
    assert place.revision() is None


def test_a_disk_without_room_for_a_picture_changes_nothing(whole, place, tmp_path):
    def change(name, content):
        return content + bytes(200_000) if name.startswith("media/") else content

    outcome = place.run("restore", rewritten(whole, tmp_path / "large", change), preexec_fn=limited)
    assert outcome.code == 1
    assert "File too large" in outcome.err
    assert "Nothing was changed" in outcome.err
    assert place.pictures() == {}
    assert place.revision() is None


def test_pictures_that_rotted_are_restored_and_others_are_not_written_again(diptych, whole, campaign, copied):
    rotten, sound, *_ = sorted((copied.data_dir / "media").rglob("*.png"))
    rotten.write_bytes(bytes(rotten.stat().st_size))
    written = sound.stat().st_mtime_ns
    assert diptych(copied, "restore", whole, "--replace", stdin=f"{copied.database_name}\n").code == 0
    assert copied.state() == campaign.state()
    assert sound.stat().st_mtime_ns == written


def test_a_restore_that_is_killed_leaves_what_was_there(whole, copied, embedded, tmp_path):
    with copied.opened() as database:
        with database.transaction() as session:
            session.execute(MANY_PEOPLE)
        write_backup(database, tmp_path / "large", settings=copied.settings)
    assert embedded.run("restore", whole).code == 0
    change_since(embedded)
    before = embedded.state()
    process = embedded.start("restore", tmp_path / "large", "--replace")
    process.stdin.write("embedded\n")
    process.stdin.flush()
    wait_until_tables_are_replaced(Layout(embedded.data_dir.resolve()).socket_dir, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert embedded.state() == before
    assert embedded.run("doctor").code == 0


def wait_until_tables_are_replaced(socket_dir, process, seconds=60):
    def is_at_work(connection):
        assert process.poll() is None, process.communicate()
        return connection.execute(AT_WORK).fetchone()[0]

    with closing(connect(socket_dir, seconds)) as connection:
        wait_until(lambda: is_at_work(connection), "that tables are replaced", seconds=seconds)


def connect(socket_dir, seconds):
    """Return a connection to the server that the command starts."""
    return wait_until(
        lambda: psycopg.connect(host=str(socket_dir), dbname="postgres", user="postgres", autocommit=True),
        "the server",
        seconds=seconds,
        ignoring=psycopg.OperationalError,
    )


def test_an_import_that_was_running_has_to_be_uploaded_again(diptych, copied, place, tmp_path):
    with copied.opened() as database:
        with database.transaction() as session:
            cats, ada = session.scalars(select(Dataset)).one(), session.scalars(select(User)).first()
            create_import(
                session, copied.settings, cats, ada, import_id=new_id(), name="pairs.csv", mapping={}
            )
            session.add(Worker(name="host:1", data_dir="elsewhere"))
        write_backup(database, tmp_path / "x", settings=copied.settings)
    assert diptych(place, "restore", tmp_path / "x").code == 0
    with place.opened() as database, database.transaction() as session:
        (state,) = list_imports(session, session.scalars(select(Dataset)).one())
        assert not has_worker(session, None)
    assert state.is_waiting
    assert "upload the file again" in state.job.error
