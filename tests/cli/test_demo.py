import csv
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from diptych.core.paths import DEMO
from diptych.datasets.service import create_dataset_from_template
from diptych.models import Dataset, Record, User
from tests.browser.processes import serving
from tests.demo.visitor import visiting

COMMAND = (str(Path(sys.executable).parent / "diptych"), "demo")


@pytest.fixture
def demo(database, tmp_path):
    """Run the command on the test database: ``with demo() as server``."""
    address = database.url.render_as_string(hide_password=False)
    return lambda: serving(address, tmp_path, COMMAND)


@pytest.fixture
def prompts():
    """The prompts in the file, by their ids."""
    with (DEMO / "image_preference" / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["prompt"] for row in csv.DictReader(file)}


def imported(database):
    """Return the prompts of the records, by their ids in the file."""
    with database.transaction() as session:
        records = session.scalars(select(Record))
        return {record.external_id: record.fields["images"]["prompt"] for record in records}


def test_what_an_interrupted_start_left_out_is_imported_by_the_next_and_kept_by_later_ones(
    demo, database, prompts
):
    with database.transaction() as session:
        create_dataset_from_template(session, "image_preference", name="demo", min_submitted=2)
    for _start in range(2):
        with demo() as server:
            port = server.address.rpartition(":")[2]
            assert any(f"Log in at http://localhost:{port}" in line for line in server.lines())
            for username in ("demo-owner", "demo-anna", "demo-ben"):
                with visiting(server, username) as client:
                    assert client.get("/datasets/demo").status_code == 200
        assert imported(database) == prompts
    with database.transaction() as session:
        assert session.scalar(select(func.count(Dataset.id))) == 1
        assert session.scalar(select(func.count(User.id))) == 3
