"""What the API takes, files bring in as well, and what it refuses, they refuse for the same reason."""

import csv
import io
import json

import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from diptych.core import migrations, postgres
from diptych.core.db import Database
from diptych.core.settings import Settings
from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.imports.service import import_file
from diptych.models import Dataset, Record
from diptych.users.service import ensure_default_workspace
from tests import factories
from tests.api.datasets import make_dataset, put
from tests.factories.strategies import json_values, texts

GOOD = {"image_1": "https://x.org/1", "image_2": "http://x.org/2?a=b#c", "prompt": "a fox"}
DRAWING = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
ADDRESSES = [
    *(GOOD["image_1"], DRAWING, "HTTPS://x.org", "data:image/png;base64,iVBORw0KGgo=", "data:,x", "data:"),
    *("a.png", "/a.png", "C:\\a.png", "./a.png", "//x.org/1", "ftp://x.org/1", "https://", "https://a b"),
    *(f"/media/{'0' * 64}.png", "/media/a.png", "https://ada@x.org/1", "", " ", "\u3000", "'=x", "é.png"),
]
addresses = st.sampled_from(ADDRESSES) | texts
parts = st.one_of(json_values, addresses)
pairs = st.fixed_dictionaries({}, optional=dict.fromkeys((*GOOD, "more"), parts))
# What a cell of a CSV file can hold, and a spreadsheet leaves as it is.
cells = st.sampled_from(ADDRESSES) | st.text(st.characters(exclude_categories=["C"]), max_size=5)
slow = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def dataset(owner):
    return make_dataset(owner)


@pytest.fixture
def tried(owner, dataset, database, tmp_path):
    """Give fields to both doors; return why the API refuses them, if it does, and why the file does."""

    def tried(fields, name, content):
        body = json.dumps({"items": [{"external_id": "1", "fields": fields}]})
        path = f"datasets/{dataset}/records/bulk"
        answer = owner.put(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 422}, answer.text
        problems = []
        file = tmp_path / name
        file.write_text(content, "utf-8")
        with database.transaction() as session:
            home = session.get_one(Dataset, dataset)
        options = {"settings": Settings(data_dir=tmp_path), "dry_run": True, "actor": owner.user}
        import_file(database, home, file, on_problem=problems.append, **options)
        refusal = answer.json()["detail"] if answer.status_code == 422 else None
        return refusal, problems[0] if problems else None

    return tried


def agree(refusal, problem):
    assert (refusal is None) == (problem is None), (refusal, problem)
    # What is no JSON or no text is refused before anything is known of the record.
    if problem and problem.column in GOOD and "position" in refusal["params"]:
        assert refusal["params"]["field"] == f"images.{problem.column}"
        assert problem.reason in refusal["message"]


@slow
@given(pairs | json_values)
@example(GOOD)
@example({**GOOD, "more": [1, None]})
@example({**GOOD, "image_2": None})
def test_a_nested_record_is_taken_or_refused_as_by_the_api(tried, images):
    record = {"id": "1", "fields": {"images": images}}
    agree(*tried(record["fields"], "rows.jsonl", json.dumps(record)))


@slow
@given(pairs)
@example(GOOD)
@example({**GOOD, "prompt": " "})
def test_a_flat_record_is_taken_or_refused_as_by_the_api(tried, images):
    agree(*tried({"images": images}, "rows.json", json.dumps([{"id": "1", "images": images}])))


@slow
@given(st.tuples(cells, cells, cells).map(lambda some: dict(zip(GOOD, some, strict=True))))
@example(GOOD)
@example({**GOOD, "image_1": ""})
def test_a_row_of_a_table_is_taken_or_refused_as_by_the_api(tried, images):
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, ["id", *GOOD])
    writer.writeheader()
    writer.writerow({"id": "1", **images})
    agree(*tried({"images": images}, "rows.csv", table.getvalue()))


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another server's database."""
    with postgres.running(tmp_path_factory.mktemp("other")) as address:
        database = Database(address)
        migrations.upgrade(database)
        with database.transaction() as session:
            ensure_default_workspace(session)
        yield database
        database.dispose()


@pytest.mark.parametrize("kind", ExportFormat)
def test_what_the_api_takes_can_be_exported_and_imported_elsewhere(owner, database, other, kind, tmp_path):
    dataset = make_dataset(owner)
    prompts = ["a fox", "=1+1", "'=x", " a\nfox\r\n", '"a", b', "\ufeffå 狐 🦊", "-", "null", "[]"]
    put(
        owner,
        dataset,
        *(
            {"external_id": f"{n}", "fields": {"images": {**GOOD, "prompt": p}}}
            for n, p in enumerate(prompts)
        ),
        {"fields": {"images": GOOD}},
        {"fields": {"images": GOOD}},
        {"external_id": "drawn", "fields": {"images": {**GOOD, "image_1": DRAWING, "more": {"z": 1}}}},
    )
    with database.transaction() as session:
        exported = session.get_one(Dataset, dataset)
    content = b"".join(export(database, exported, format=kind))
    if kind == ExportFormat.PARQUET:
        rows = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
        content = json.dumps(rows).encode()
    path = tmp_path / {"csv": "rows.csv", "jsonl": "rows.jsonl"}.get(kind.value, "rows.json")
    path.write_bytes(content)
    with other.transaction() as session:
        copy = factories.dataset(session, kind.value)
    report = import_file(other, copy, path, settings=Settings(data_dir=tmp_path))
    assert (report.new, report.bad) == (len(prompts) + 3, 0)
    assert shown(other, copy) == shown(database, exported)


def shown(database, dataset):
    """Return what people see of each record, in the order of the records."""
    statement = select(Record.fields).where(Record.dataset_id == dataset.id).order_by(Record.inserted_at)
    with database.transaction() as session:
        found = session.scalars(statement).all()
    return [{key: fields["images"][key] for key in GOOD} for fields in found]
