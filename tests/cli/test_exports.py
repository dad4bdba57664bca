import csv
import io
import json
import os
import subprocess
import sys

import pytest
from pyarrow import parquet
from rich.console import Console
from sqlalchemy import select

from diptych.cli import exports
from diptych.datasets.service import add_to_totals
from diptych.models import Record, Response
from tests import factories


@pytest.fixture
def cats(database):
    """A dataset of two records, one of them completed, and another one."""
    with database.transaction() as session:
        factories.record(session, factories.dataset(session, "noise"), "noise")
        dataset = factories.dataset(session, "cats")
        factories.record(session, dataset, "1", metadata={"model_1": "dev"})
    with database.transaction() as session:
        factories.record(session, dataset, "2", submitted_count=1)
        add_to_totals(session, dataset.id, completed=1)
    return dataset


def names(folder):
    return [path.name for path in folder.iterdir()]


def ids(text):
    return [row["id"] for row in json.loads(text)]


def test_a_dataset_is_written_to_standard_output(diptych, cats):
    outcome = diptych("export", "cats")
    assert (outcome.code, outcome.err) == (0, "")
    assert ids(outcome.out) == ["1", "2"]
    assert ids(diptych("export", cats.id).out) == ["1", "2"]


def test_a_dataset_is_written_to_a_file(diptych, cats, tmp_path):
    path = tmp_path / "cats.json"
    path.write_text("what was there before")
    outcome = diptych("export", "cats", "-o", path)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.strip() == f"Wrote {path}."
    assert ids(path.read_text("utf-8")) == ["1", "2"]
    assert names(tmp_path) == ["cats.json"]


def test_every_format_is_written(diptych, cats):
    assert "preference.responses" not in diptych("export", "cats", "--format", "json").out
    lines = diptych("export", "cats", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["1", "2"]
    nested = json.loads(diptych("export", "cats", "--format", "argilla-json").out)
    assert [record["metadata"] for record in nested] == [{"model_1": "dev"}, {}]
    rows = csv.DictReader(io.StringIO(diptych("export", "cats", "--format", "csv").out, newline=""))
    assert [row["id"] for row in rows] == ["1", "2"]


def test_parquet_is_written_to_a_file(diptych, cats, tmp_path):
    path = tmp_path / "cats.parquet"
    diptych("export", "cats", "--format", "parquet", "-o", path)
    assert parquet.read_table(path)["id"].to_pylist() == ["1", "2"]


def test_records_of_a_status_and_vectors_are_chosen(diptych, cats):
    (row,) = json.loads(diptych("export", "cats", "--status", "completed", "--with-vectors").out)
    assert (row["id"], row["prompt"]) == ("2", None)
    (row,) = json.loads(diptych("export", "cats", "--status", "pending").out)
    assert row["id"] == "1"
    assert "prompt" not in row


def test_responses_are_written(diptych, database, cats, tmp_path):
    with database.transaction() as session:
        record = session.scalars(select(Record).filter_by(external_id="2")).one()
        keys = {"dataset_id": cats.id, "record_id": record.id, "user_id": factories.user(session, "ada").id}
        session.add(Response(**keys, values={"preference": {"value": "image_1"}}, status="submitted"))
    for options in ((), ("--status", "completed")):
        out = diptych("export", "cats", "--content", "responses", "--format", "csv", *options).out
        (row,) = csv.DictReader(io.StringIO(out, newline=""))
        assert (row["external_id"], row["username"], row["preference"]) == ("2", "ada", "image_1")
    path = tmp_path / "cats.parquet"
    diptych("export", "cats", "--content", "responses", "--format", "parquet", "-o", path)
    assert parquet.read_table(path)["username"].to_pylist() == ["ada"]


def test_a_combination_that_does_not_exist_is_a_wrong_usage(diptych, cats):
    outcome = diptych("export", "cats", "--content", "responses", "--format", "argilla-json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "use json, jsonl, csv or parquet" in outcome.err


def test_an_unknown_format_is_a_sentence(diptych, cats):
    outcome = diptych("export", "cats", "--format", "xlsx")
    assert outcome.code == 2
    assert "argilla-json" in outcome.err


def test_an_unknown_dataset_makes_no_file(diptych, cats, tmp_path):
    outcome = diptych("export", "dogs", "-o", tmp_path / "dogs.json")
    assert outcome.code == 1
    assert outcome.err.strip() == "error: There is no dataset named 'dogs'."
    assert names(tmp_path) == []


def test_a_folder_that_is_not_there_is_a_sentence(diptych, cats, tmp_path):
    path = tmp_path / "nowhere" / "cats.json"
    outcome = diptych("export", "cats", "-o", path)
    assert outcome.code == 1
    assert outcome.err.strip() == f"error: {path} cannot be written: No such file or directory."


def test_an_export_that_fails_leaves_the_file_that_was_there(diptych, cats, tmp_path, monkeypatch):
    def broken(*_arguments, **_options):
        yield b"[half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "export", broken)
    path = tmp_path / "cats.json"
    path.write_text("what was there before")
    outcome = diptych("export", "cats", "-o", path)
    assert outcome.code == 1
    assert "No space left on device" in outcome.err
    assert path.read_text() == "what was there before"
    assert names(tmp_path) == ["cats.json"]


def test_a_link_stays_a_link_and_a_device_a_device(diptych, cats, tmp_path):
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    link.symlink_to(target)
    diptych("export", "cats", "-o", link)
    assert link.is_symlink()
    assert ids(target.read_text("utf-8")) == ["1", "2"]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    diptych("export", "cats", "-o", pipe)
    assert pipe.is_fifo()
    assert ids(os.read(reader, 10_000)) == ["1", "2"]
    os.close(reader)


@pytest.mark.parametrize(
    ("status", "counted"), [((), "2/2"), (("--status", "completed"), "1/1"), (("--status", "pending"), "1/1")]
)
def test_progress_is_counted_in_records(diptych, cats, tmp_path, monkeypatch, status, counted):
    screen = io.StringIO()
    monkeypatch.setattr(exports, "messages", Console(file=screen, force_terminal=True, width=100))
    diptych("export", "cats", "-o", tmp_path / "cats.json", *status)
    assert counted in screen.getvalue()
    shown = len(screen.getvalue())
    diptych("export", "cats", *status)
    assert len(screen.getvalue()) == shown


def test_a_reader_that_stops_early_ends_the_command_quietly(database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "long")
        for _ in range(50):
            factories.record(session, dataset, metadata={"text": "x" * 10_000})
    command = [sys.executable, "-c", "from diptych.cli import app; app()", "export", "long"]
    address = database.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DIPTYCH_DATABASE_URL": address}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout.read(10).startswith(b"[")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=20) == 0
