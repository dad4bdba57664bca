import gzip
import io
import json
import resource
import stat
import subprocess
import sys
import tarfile

import pytest
from sqlalchemy import text

from diptych.backups.manifest import check_backup
from diptych.core import migrations
from diptych.core.errors import DiptychError
from diptych.models import Base
from tests.backups.conftest import AnnotatorState

INCOMPRESSIBLE = text("""
UPDATE users SET first_name = (SELECT string_agg(md5(CAST(n AS text)), '') FROM generate_series(1, 9999) n)
""")
MANY_PEOPLE = text("""
INSERT INTO users (id, username, role, last_name)
SELECT gen_random_uuid(), n, 'annotator', repeat('long', 1000) FROM generate_series(1, 50000) n
""")


def manifest_of(path):
    with tarfile.open(path) as tar:
        return json.load(tar.extractfile("manifest.json"))


def names(folder):
    return [path.name for path in folder.iterdir()]


def limited():
    """Let no file grow beyond 100 KB, as if the disk were full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_backup_is_a_tar_with_the_rows_the_pictures_and_what_is_in_it(whole):
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600
    manifest = manifest_of(whole)
    rows = {table["name"]: table["rows"] for table in manifest["tables"]}
    assert set(rows) == set(Base.metadata.tables)
    assert (rows["records"], rows["responses"], rows["media"]) == (4, 1, 6)
    assert manifest["revision"] == migrations.head()
    assert manifest["settings"]["lease_seconds"] == 1200
    with tarfile.open(whole) as tar:
        pictures = [member for member in tar if member.name.startswith("media/")]
        packed = tar.extractfile("tables/suggestions/000000.tsv.gz").read()
    size = sum(picture.size for picture in pictures)
    assert manifest["pictures"] == {"files": 6, "bytes": size, "missing": 0, "reason": None}
    assert "0.30000000000000004" in gzip.decompress(packed).decode()


def test_the_rows_that_others_refer_to_come_first(whole):
    order = [table["name"] for table in manifest_of(whole)["tables"]]
    for table in Base.metadata.tables.values():
        for key in table.foreign_key_constraints:
            assert order.index(key.referred_table.name) < order.index(table.name), key.name


def test_nothing_is_in_the_tables_that_a_backup_would_miss(campaign):
    """Rows are all there is, and the migrations make the rest: no sequence counts on, no view holds rows."""
    others = text("SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
                  "WHERE n.nspname = current_schema() AND relkind IN ('S', 'm', 'f')")  # fmt: skip
    with campaign.opened() as database, database.engine.connect() as connection:
        assert connection.scalars(others).all() == []


def test_a_backup_says_what_is_in_it_and_can_be_checked_anywhere(diptych, campaign, tmp_path):
    outcome = diptych(campaign, "backup", tmp_path / "x.diptych")
    assert outcome.code == 0, outcome.err
    assert "4 records, 1 answers, 6 pictures" in outcome.err
    outcome = diptych(AnnotatorState(tmp_path / "nowhere"), "backup", tmp_path / "x.diptych", "--verify")
    assert (outcome.code, "is complete: 4 records" in outcome.err) == (0, True)
    assert names(tmp_path) == ["x.diptych"]


def test_a_file_is_replaced_on_demand_only(diptych, campaign, tmp_path):
    path = tmp_path / "x.diptych"
    path.write_text("what was there before")
    outcome = diptych(campaign, "backup", path)
    assert outcome.code == 1
    assert outcome.err == f"error: {path} already exists. Choose another name, or replace it with --force."
    assert path.read_text() == "what was there before"
    assert diptych(campaign, "backup", path, "--force").code == 0
    assert manifest_of(path)["format"] == 1


def test_where_no_data_is_none_is_made(diptych, tmp_path):
    outcome = diptych(AnnotatorState(tmp_path / "nowhere"), "backup", tmp_path / "x.diptych")
    assert outcome.code == 1
    assert f"There is no Diptych data in {tmp_path / 'nowhere'}." in outcome.err
    assert names(tmp_path) == []


def test_a_database_without_tables_is_a_sentence(diptych, place, tmp_path):
    outcome = diptych(place, "backup", tmp_path / "x.diptych")
    assert outcome.code == 1
    assert outcome.err == "error: There is nothing to back up: the database has no Diptych tables yet."


def test_a_missing_picture_is_named_and_may_be_allowed(diptych, copied, tmp_path):
    picture = next((copied.data_dir / "media").rglob("*.png"))
    picture.unlink()
    path = tmp_path / "x.diptych"
    outcome = diptych(copied, "backup", path)
    assert outcome.code == 1
    assert str(picture) in outcome.err
    assert not path.exists()
    assert diptych(copied, "backup", path, "--allow-missing").code == 0
    assert manifest_of(path)["pictures"]["missing"] == 1


def test_a_full_disk_is_a_sentence_and_leaves_nothing(copied, tmp_path):
    (tmp_path / "here").mkdir()
    with copied.opened() as database, database.transaction() as session:
        session.execute(INCOMPRESSIBLE)
    outcome = copied.run("backup", tmp_path / "here" / "x", preexec_fn=limited)
    assert outcome.code == 1
    assert "cannot be written: File too large." in outcome.err
    assert names(tmp_path / "here") == []


def test_neither_the_address_of_the_database_nor_tables_of_others_are_in_it(diptych, copied, tmp_path):
    with copied.opened() as database, database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_somebody_else (id int)"))
    assert diptych(copied, "backup", tmp_path / "x.diptych").code == 0
    manifest = json.dumps(manifest_of(tmp_path / "x.diptych"))
    assert copied.database_name not in manifest
    assert "of_somebody_else" not in manifest


def test_one_changed_byte_anywhere_is_found(whole, tmp_path):
    content = whole.read_bytes()
    path = tmp_path / "x.diptych"
    end = len(content) - 2_100
    for position in [*range(0, end, 509), *range(end, len(content), 13), len(content) - 1]:
        changed = bytearray(content)
        changed[position] ^= 0x10
        path.write_bytes(changed)
        with pytest.raises(DiptychError, match=r"is damaged|is not a backup"):
            check_backup(path)


def test_a_file_that_was_cut_off_or_goes_on_is_found(whole, tmp_path):
    content = whole.read_bytes()
    path = tmp_path / "x.diptych"
    for size in (0, 1, 511, 512, 5_000, len(content) // 2, len(content) - 512, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(DiptychError, match=r"is damaged|is not a backup"):
            check_backup(path)
    path.write_bytes(content + b"\0")
    with pytest.raises(DiptychError, match="is damaged"):
        check_backup(path)


def tar_of(name, content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"id,prompt\n1,a cat\n" * 1_000,
        b"\x89PNG\r\n\x1a\n" + bytes(10_000),
        tar_of("notes.txt", b"hello"),
        tar_of("manifest.json", b"[]"),
        tar_of("manifest.json", b"\xff\xfe"),
    ],
)
@pytest.mark.parametrize("command", [("backup", "--verify"), ("restore",)])
def test_a_file_of_another_kind_is_a_sentence(diptych, tmp_path, content, command):
    path = tmp_path / "x.diptych"
    path.write_bytes(content)
    outcome = diptych(AnnotatorState(tmp_path / "data"), *command, path)
    assert outcome.code == 1
    assert "is not a backup" in outcome.err or "is damaged" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert names(tmp_path) == ["x.diptych"]


def test_a_file_that_is_not_there_is_a_sentence(diptych, tmp_path):
    path = tmp_path / "x.diptych"
    outcome = diptych(AnnotatorState(tmp_path / "data"), "restore", path)
    assert (outcome.code, outcome.err) == (1, f"error: {path} cannot be read: No such file or directory.")
    assert names(tmp_path) == []


# Backs the place of argv[1] and argv[2] up, restores it into that of argv[3] and argv[4], and prints by how
# many MB memory grew.
GROWTH = """
import sys
from pathlib import Path
from diptych.backups.manifest import check_backup
from diptych.backups.restoring import restore
from diptych.backups.service import write_backup
from diptych.core import migrations
from diptych.core.db import Database
from diptych.core.settings import Settings

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

source, target, path = Database(sys.argv[1]), Database(sys.argv[3]), Path(sys.argv[4]) / "x.diptych"
migrations.upgrade(target)
before = resident()
write_backup(source, path, settings=Settings(data_dir=sys.argv[2]))
restore(target, path, check_backup(path), settings=Settings(data_dir=sys.argv[4]))
print((resident() - before) / 1024)
"""


def test_memory_does_not_grow_with_the_rows(copied, place):
    with copied.opened() as database, database.transaction() as session:
        session.execute(MANY_PEOPLE)
    place.data_dir.mkdir()
    arguments = [copied.url, str(copied.data_dir), place.url, str(place.data_dir)]
    script = [sys.executable, "-c", GROWTH, *arguments]
    output = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    # The rows have 200 MB.
    assert float(output) < 60
    assert place.state() == copied.state()
