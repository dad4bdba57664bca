"""The files of a real campaign: pairs with expert ranks, a published record, four pictures."""

import csv
import io
import json
import random

import pytest
from sqlalchemy import select

from diptych.exports.service import ExportFormat, export
from diptych.imports.report import BadRowsError
from diptych.models import DatasetMedia, Media, User
from tests import factories
from tests.imports.conftest import DATA

PAIRS = DATA / "imagereward_pairs.csv"
SEED = DATA / "seed_record.json"
OCEAN = DATA / "ocean"


def test_the_pairs_are_imported_once(load):
    report = load(PAIRS)
    assert (report.rows, report.new, report.bad) == (300, 300, 0)
    report = load(PAIRS)
    assert (report.new, report.updated, report.unchanged) == (0, 0, 300)
    assert len(load.records()) == 300


def damage(rows, line, number):
    """Spoil the row on ``line`` in one of the ways that files are spoilt; rows are lists of cells."""
    row = rows[line - 2]
    return [
        row[:-1],
        [*row, "more"],
        [row[0], "", *row[2:]],
        [row[0], row[1], "htps://images.example.org/x.webp", *row[3:]],
        [row[0], row[1], row[2], "", *row[4:]],
        ["", *row[1:]],
        [rows[0][0], *row[1:]],
        [row[0], row[1] + "\0", *row[2:]],
        [row[0], row[1] + "\udce9", *row[2:]],
        [row[0], row[1], row[2], "https://images example.org/x.webp", *row[4:]],
    ][number % 10]


def test_exactly_the_25_damaged_rows_are_reported(load):
    with PAIRS.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    lines = sorted(random.Random(25).sample(range(3, len(rows) + 2), 25))
    damaged = {line: damage(rows, line, number) for number, line in enumerate(lines)}
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows(damaged.get(number, row) for number, row in enumerate(rows, start=2))
    content = buffer.getvalue().encode("utf-8", "surrogateescape")
    with pytest.raises(BadRowsError, match="25 of 300 rows"):
        load(content)
    assert sorted(problem.line for problem in load.problems) == lines
    assert load.records() == []
    report = load(content, skip_bad_rows=True)
    assert (report.new, report.bad) == (275, 25)
    assert sorted(problem.line for problem in load.problems) == lines


def test_quotes_that_were_forgotten_cost_their_own_rows(load):
    lines = PAIRS.read_text("utf-8").splitlines(keepends=True)
    quoted = [number for number, line in enumerate(lines, start=1) if line.count('"') == 2]
    spoilt = sorted(random.Random(5).sample(quoted, 25))
    for number in spoilt:
        lines[number - 1] = lines[number - 1].replace('",http', ",http", 1)
    report = load("".join(lines), dry_run=True)
    assert [problem.line for problem in load.problems] == spoilt
    assert report.rows == 300


@pytest.fixture
def seed():
    return json.loads(SEED.read_text("utf-8"))


def test_the_published_record_comes_out_as_it_went_in(load, database, dataset, seed):
    report = load([seed["nested"]], name="records.json")
    assert (report.new, report.answers, report.people_added) == (1, 3, 3)
    with database.transaction() as session:
        people = session.scalars(select(User)).all()
    wanted = {answer["user_id"] for answer in seed["nested"]["responses"]["preference"]}
    assert {str(person.id) for person in people} == wanted
    assert all(person.disabled_at for person in people)
    assert same(b"".join(export(database, dataset, format=ExportFormat.ARGILLA_JSON)), seed["nested"])


def same(exported, original):
    """Compare one record, key by key and in order, but for the id that is the server's own."""
    (record,) = json.loads(exported)
    record["_server_id"] = original["_server_id"]
    expected = {key: value for key, value in original.items() if value is not None}
    assert json.dumps(record) == json.dumps(expected)
    return True


def test_both_shapes_are_the_same_record(load, database, dataset, seed):
    load([seed["nested"]], name="records.json")
    report = load([seed["flat"]], name="records.jsonl")
    assert (report.unchanged, report.answers) == (1, 0)
    with database.transaction() as session:
        other = factories.dataset(session, "other")
    report = load([seed["flat"]], name="records.jsonl", into=other)
    assert (report.new, report.answers, report.people_added) == (1, 3, 0)
    for dataset_ in (dataset, other):
        assert same(b"".join(export(database, dataset_, format=ExportFormat.JSON)), seed["flat"])


@pytest.mark.parametrize(
    "kind", [ExportFormat.JSON, ExportFormat.JSONL, ExportFormat.ARGILLA_JSON, ExportFormat.CSV]
)
def test_every_export_can_be_imported_again(load, database, dataset, seed, kind):
    load([seed["nested"]], name="records.json")
    load(PAIRS)
    content = b"".join(export(database, dataset, format=kind))
    name = {"jsonl": "x.jsonl", "csv": "x.csv"}.get(kind.value, "x.json")
    report = load(content, name=name)
    assert (report.rows, report.unchanged, report.answers) == (301, 301, 0)
    with database.transaction() as session:
        other = factories.dataset(session, "other")
    report = load(content, name=name, into=other)
    assert (report.new, report.answers) == (301, 3)
    before, after = load.records(), load.records(other)
    assert [record.fields for record in after] == [record.fields for record in before]
    assert [record.metadata_ for record in after] == [record.metadata_ for record in before]
    assert after[0].status == "completed"


def test_the_four_pictures_are_stored_once(load, database, dataset, settings):
    report = load(OCEAN / "pairs.csv", images=OCEAN)
    assert (report.rows, report.new) == (6, 6)
    with database.transaction() as session:
        stored = session.scalars(select(Media)).all()
        assert {(item.content_type, item.width, item.height) for item in stored} == {("image/webp", 512, 512)}
        shown = session.scalars(select(DatasetMedia.media_key).where(DatasetMedia.dataset_id == dataset.id))
        assert set(shown) == {item.key for item in stored}
    files = [path for path in settings.media_dir.rglob("*") if path.is_file()]
    assert len(files) == len(stored) == 4
    addresses = {record.fields["images"]["image_1"] for record in load.records()}
    assert addresses <= {f"/media/{item.key}.webp" for item in stored}
    assert not any("1.webp" in address for address in addresses)
    assert load(OCEAN / "pairs.csv", images=OCEAN).unchanged == 6
