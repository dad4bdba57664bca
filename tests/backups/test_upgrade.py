"""Data that version 0.1.0 made: its tables become this version's, and those of the version before again."""

import gzip
import io
import json
import uuid
from pathlib import Path

import pytest
from alembic import command
from pyarrow import parquet
from sqlalchemy import func, inspect, literal_column, select, text, update

from diptych.backups import tables
from diptych.backups.archive import members, pieces_of
from diptych.backups.manifest import check_backup
from diptych.core import migrations
from diptych.core.errors import ConflictError
from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.imports.queries import Task, list_imports
from diptych.models import Base, Dataset, JobStatus, ResponseEvent
from diptych.records.service import delete_records

OLD = Path(__file__).parents[1] / "data" / "0.1.0"
BACKUP = OLD / "0.1.0.diptych"
BEFORE = "0012"
ORDERS = {True: [2, 1], False: [1, 2], None: None}
WITH_ORDER = ["assignments", "response_events", "responses"]


@pytest.fixture
def old(place):
    """A database as 0.1.0 left it."""
    manifest = check_backup(BACKUP)
    assert manifest.revision == BEFORE
    known = {table.name: table for table in manifest.tables}
    with place.opened() as database:
        with database.engine.begin() as connection:
            tables.make_empty(connection, BEFORE)
            with tables.filled_first(connection, known):
                for name, content in members(BACKUP):
                    if name.startswith("tables/"):
                        with gzip.open(content) as rows:
                            tables.copy_in(connection, known[name.split("/")[1]], pieces_of(rows))
        yield database


def bring(database, direction, revision):
    alembic = migrations.config()
    with database.engine.begin() as connection:
        alembic.attributes["connection"] = connection
        direction(alembic, revision)


def rows_of(database):
    """Return the rows of all tables as JSON, whatever the order of their columns."""
    with database.engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {name: in_order(connection.scalars(as_json(name))) for name in names}


def as_json(name):
    return select(func.to_jsonb(literal_column(name))).select_from(text(name))


def in_order(rows):
    return sorted(rows, key=lambda row: str(sorted(row.items())))


def exports_of(database):
    with database.transaction() as session:
        datasets = session.scalars(select(Dataset)).all()
    return {
        f"{dataset.name}.{kind}": b"".join(export(database, dataset, format=kind, with_vectors=True))
        for dataset in datasets
        for kind in ExportFormat
    }


def as_written(content, name):
    """Return a file as it is; one of Parquet without the version of its writer."""
    if not name.endswith(".parquet"):
        return content
    file = parquet.ParquetFile(io.BytesIO(content))
    return file.read(), file.metadata.num_row_groups


def test_what_is_exported_stays_the_same(old):
    bring(old, command.upgrade, "head")
    exported = exports_of(old)
    assert len(exported) == 4 * len(ExportFormat)
    for name, content in exported.items():
        assert as_written(content, name) == as_written((OLD / name).read_bytes(), name), name


def renamed(name, row):
    """Return a row of 0.1.0 as it is now."""
    row = dict(row)
    if name in WITH_ORDER:
        row["shown_order"] = ORDERS[row.pop("swapped")]
    if name == "records":
        row |= {"is_open": row.pop("open"), "is_excluded": False}
    if name == "responses":
        row |= {"is_late": row.pop("late"), "is_counted": True}
    if name == "response_events":
        row |= {"is_late": None, "is_counted": True, "skip_reason": None}
    if name == "annotator_progress":
        row |= {"total_duration_ms": row.pop("looked_ms"), "is_set_aside": False}
    if name == "imports":
        row = {name: row[name] for name in ("id", "dataset_id", "user_id", "filename", "inserted_at")}
        row["job_id"] = row["id"]
    return row


def test_rows_mean_what_they_meant(old):
    before = rows_of(old)
    bring(old, command.upgrade, "head")
    after = rows_of(old)
    for name, rows in before.items():
        assert in_order(renamed(name, row) for row in rows) == in_order(after[name]), name


def test_an_import_that_waited_can_be_confirmed(old):
    (before,) = rows_of(old)["imports"]
    bring(old, command.upgrade, "head")
    with old.transaction() as session:
        dataset = session.get_one(Dataset, uuid.UUID(before["dataset_id"]))
        (state,) = list_imports(session, dataset)
    assert (state.task, state.is_waiting, state.job.error) == (Task.CHECK, True, None)
    assert state.mapping == before["mapping"]
    assert before["report"] == {}
    assert state.result == {}


CHECKED = {"rows": 3, "new": 2, "updated": 0, "unchanged": 0, "answers": 0, "bad": 1, "people_added": 0}
PROBLEM = {"line": 4, "column": "prompt", "reason": "is empty", "record": None}


@pytest.mark.parametrize(
    ("status", "task", "error", "now"),
    [
        ("uploaded", "check", None, (Task.CHECK, JobStatus.FINISHED, None)),
        ("uploaded", "check", "The file is odd.", (Task.CHECK, JobStatus.FAILED, "The file is odd.")),
        ("failed", "import", "Some rows are bad.", (Task.IMPORT, JobStatus.FAILED, "Some rows are bad.")),
        ("done", "import", None, (Task.IMPORT, JobStatus.FINISHED, None)),
    ],
)
def test_an_import_keeps_what_it_found(old, status, task, error, now):
    progress = {"done": 5, "total": 9, "is_writing": task == "import"}
    report = {"task": task, "error": error, "bad": 1, "problems": [PROBLEM], "progress": progress}
    change = text("UPDATE imports SET status = :status, report = CAST(:report AS jsonb)")
    with old.engine.begin() as connection:
        connection.execute(change, {"status": status, "report": json.dumps({**report, "result": CHECKED})})
    before = rows_of(old)["imports"]
    bring(old, command.upgrade, "head")
    with old.transaction() as session:
        (state,) = list_imports(session, session.get_one(Dataset, uuid.UUID(before[0]["dataset_id"])))
    assert (state.task, state.job.status, state.job.error) == now
    assert state.result == {"report": CHECKED, "bad": 1, "problems": [PROBLEM]}
    bring(old, command.downgrade, BEFORE)
    assert rows_of(old)["imports"] == before


def test_the_old_data_has_what_people_do(old):
    rows = rows_of(old)
    assert {row["swapped"] for row in rows["responses"]} == {True, False, None}
    assert {row["swapped"] for row in rows["assignments"]} == {True, False}
    assert {row["status"] for row in rows["response_events"]} == {"draft", "submitted", "discarded", None}
    assert {row["late"] for row in rows["responses"]} == {True, False}
    assert [row["status"] for row in rows["imports"]] == ["uploaded"]
    assert all(rows[name] for name in ("suggestions", "vectors", "image_failures"))


def test_the_tables_go_down_and_up_again_with_what_is_in_them(old):
    before = rows_of(old)
    bring(old, command.upgrade, "head")
    after = rows_of(old)
    bring(old, command.downgrade, BEFORE)
    assert rows_of(old) == before
    bring(old, command.upgrade, "head")
    assert rows_of(old) == after


@pytest.mark.parametrize("table", WITH_ORDER)
def test_an_order_of_more_than_two_images_keeps_the_tables_up(old, table):
    bring(old, command.upgrade, "head")
    rows = Base.metadata.tables[table]
    longer = update(rows).where(rows.c.shown_order == [2, 1]).values(shown_order=[3, 1, 2])
    with old.engine.begin() as connection:
        count = connection.execute(longer).rowcount
    before = rows_of(old)
    with pytest.raises(ConflictError, match=rf"The table {table} has {count} rows .*Nothing was changed"):
        bring(old, command.downgrade, BEFORE)
    assert rows_of(old) == before
    with old.engine.connect() as connection:
        assert migrations.current_revision(connection) == migrations.head()


def test_the_version_before_has_no_events_of_deleted_records(old):
    bring(old, command.upgrade, "head")
    with old.transaction() as session:
        dataset = session.scalars(select(Dataset).where(Dataset.name == "cats")).one()
        gone = session.scalar(
            select(ResponseEvent.record_id).where(ResponseEvent.dataset_id == dataset.id).limit(1)
        )
        delete_records(session, dataset, [gone])
    kept = rows_of(old)["response_events"]
    assert str(gone) in {row["record_id"] for row in kept}
    bring(old, command.downgrade, BEFORE)
    left = rows_of(old)["response_events"]
    assert {row["id"] for row in left} == {row["id"] for row in kept if row["record_id"] != str(gone)}


def test_an_old_backup_is_restored(diptych, place):
    outcome = diptych(place, "restore", BACKUP)
    assert outcome.code == 0, outcome.err
    assert place.revision() == migrations.head()
    with place.opened() as database:
        assert exports_of(database)["cats.csv"] == (OLD / "cats.csv").read_bytes()
    outcome = diptych(place, "doctor")
    assert outcome.code == 0, outcome.out + outcome.err
