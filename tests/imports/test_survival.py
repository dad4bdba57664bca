"""What happens to memory, and when the process dies: imports run in processes of their own here."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select, text

from diptych.models import Dataset, Record
from tests.polling import wait_until

LINE = "x" * 1_000_000

# Imports argv[3] into the dataset argv[2] of the database argv[1], and prints by how many MB memory grew.
IMPORT = """
import sys
from pathlib import Path
from diptych.core.db import Database
from diptych.core.errors import DiptychError
from diptych.core.settings import Settings
from diptych.datasets.queries import get_dataset
from diptych.imports.service import import_file

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

database = Database(sys.argv[1])
with database.transaction() as session:
    dataset = get_dataset(session, sys.argv[2])
before, problems = resident(), []
try:
    report = import_file(
        database, dataset, Path(sys.argv[3]), settings=Settings(), on_problem=problems.append, dry_run=True
    ) if sys.argv[4] == "dry" else import_file(database, dataset, Path(sys.argv[3]), settings=Settings())
    print(report.rows, report.bad)
except DiptychError as error:
    print(error.message)
print([str(problem) for problem in problems])
print((resident() - before) / 1024)
"""


@pytest.fixture
def start(database, dataset, tmp_path):
    def start(path, mode="dry"):
        address = database.url.render_as_string(hide_password=False)
        return subprocess.Popen(
            [sys.executable, "-c", IMPORT, address, dataset.name, str(path), mode],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "DIPTYCH_DATA_DIR": str(tmp_path)},
        )

    return start


def write_long(path, head, tail, megabytes):
    with path.open("w") as file:
        file.write(head)
        for _ in range(megabytes):
            file.write(LINE)
        file.write(tail)


@pytest.mark.parametrize(
    ("name", "head", "tail", "answer"),
    [
        (
            "long.csv",
            "id,prompt,image_1,image_2\n1,",
            ",https://a.example/1,https://a.example/2\n2,x,https://a.example/1,https://a.example/2\n",
            "2 1\n['line 2: is longer than 1,000,000 characters']",
        ),
        ("header.csv", "id,prompt,", "\n1,2,3\n", "line 1 is longer than 1,000,000 characters"),
        ("long.jsonl", '{"prompt": "', '"}\n5\n', "line 1: is longer than 4,000,000 characters"),
        ("long.json", '[{"prompt": "', '"}]', "the record is longer than 4,000,000 characters"),
    ],
)
def test_a_huge_line_costs_no_memory(start, tmp_path, name, head, tail, answer):
    path = tmp_path / name
    write_long(path, head, tail, megabytes=300)
    process = start(path)
    output, _ = process.communicate(timeout=60)
    assert answer in output
    assert float(output.splitlines()[-1]) < 60


def write_pairs(path, rows):
    with path.open("w") as file:
        file.write("id,prompt,image_1,image_2,model_1,model_2\n")
        for number in range(rows):
            file.write(
                f"{number},a cat {number},https://a.example/{number}/1,https://a.example/{number}/2,dev,sd\n"
            )


def test_memory_does_not_grow_with_the_rows(start, tmp_path):
    write_pairs(tmp_path / "pairs.csv", 60_000)
    output, _ = start(tmp_path / "pairs.csv").communicate(timeout=60)
    assert output.startswith("60000 0\n")
    assert float(output.splitlines()[-1]) < 30


SENDS = "SELECT count(*) > 0 FROM pg_stat_progress_copy WHERE datname = current_database()"
WRITES = "SELECT pg_relation_size('records') > 5000000"


def wait_for(database, statement):
    """Wait until an import has come so far."""

    def has_come():
        with database.engine.connect() as connection:
            return connection.scalar(text(statement))

    wait_until(has_come, "the import to come so far", seconds=20)


@pytest.mark.parametrize("moment", [SENDS, WRITES])
def test_an_import_that_is_killed_leaves_nothing_and_can_be_repeated(
    start, database, dataset, load, tmp_path, moment
):
    path = tmp_path / "pairs.csv"
    write_pairs(path, 60_000)
    process = start(path, "real")
    wait_for(database, moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert count(database) == 1
    write_pairs(path, 100)
    assert load(path).new == 100
    assert load(path).unchanged == 100
    assert count(database) == 101


def count(database):
    with database.transaction() as session:
        return session.scalar(select(func.count()).select_from(Record))


def test_two_imports_at_once_are_one_after_the_other(start, database, dataset, tmp_path):
    path = tmp_path / "pairs.csv"
    write_pairs(path, 3_000)
    outputs = [process.communicate(timeout=60)[0] for process in [start(path, "real"), start(path, "real")]]
    assert all(output.startswith("3000 0\n") for output in outputs)
    with database.transaction() as session:
        mine = Record.dataset_id == session.get(Dataset, dataset.id).id
        assert session.scalar(select(func.count()).select_from(Record).where(mine)) == 3_000
