import io
import subprocess
import sys
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from diptych.core.errors import InvalidError
from diptych.datasets import fields, metadata
from diptych.exports import keys, layouts, parquet_files
from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.models import Field, MetadataProperty, Question, RecordStatus
from tests.exports.conftest import STATM, add_records, resident

OPTIONS = [{"value": "a", "text": "A"}, {"value": "b", "text": "B"}]
TEXT, INTEGER, FLOAT = pa.string(), pa.int64(), pa.float64()


def table(campaign, **options):
    return pq.read_table(io.BytesIO(campaign.export("parquet", **options)))


def types(table):
    return dict(zip(table.schema.names, table.schema.types, strict=True))


def declare(campaign, model, name, settings, **columns):
    with campaign.database.transaction() as session:
        columns |= {"required": False} if model is not MetadataProperty else {}
        setting = model(dataset_id=campaign.dataset.id, name=name, title=name, settings=settings, **columns)
        session.add(setting)


def small_groups(monkeypatch):
    monkeypatch.setattr(parquet_files, "TABLE_SIZE", 50_000)
    monkeypatch.setattr(parquet_files, "GROUP_SIZE", 100_000)


def test_a_dataset_without_records_has_a_schema(campaign):
    found = table(campaign)
    assert found.num_rows == 0
    pair = pa.struct({"image_1": TEXT, "image_2": TEXT, "prompt": TEXT})
    assert types(found) == {"id": TEXT, "status": TEXT, "_server_id": TEXT, "images": pair}


def test_it_holds_the_rows_of_the_json_export(campaign):
    users = [campaign.user() for _ in range(2)]
    for number in range(3):
        record = campaign.record(
            str(number), metadata={"model_1": 'd"é\n\\v', "none": None}, submitted_count=number
        )
        for user in users[number:]:
            campaign.answer(record, user, "both_good")
    campaign.suggest(record, "image_2", 0.5, "scorer-v1")
    campaign.embed(record, [0.1, -1.0])
    found = table(campaign, with_vectors=True)
    assert found.to_pylist() == campaign.rows(with_vectors=True)
    assert found.column_names == list(campaign.rows(with_vectors=True)[0])


def test_only_records_of_a_status_are_exported(campaign):
    campaign.record("1")
    campaign.record("2", submitted_count=1)
    assert table(campaign, status=RecordStatus.COMPLETED)["id"].to_pylist() == ["2"]


def test_a_column_may_be_empty_for_long(campaign, monkeypatch):
    small_groups(monkeypatch)
    for _ in range(30):
        campaign.record(fields={"images": {"prompt": "a cat " * 2_000}})
    campaign.answer(campaign.record("late", metadata={"late": "x"}), campaign.user(), "image_1")
    file = pq.ParquetFile(io.BytesIO(campaign.export("parquet")))
    assert file.num_row_groups > 2
    assert file.read(["late"])["late"].to_pylist() == [None] * 30 + ["x"]
    assert file.read()["preference.responses"].to_pylist() == [None] * 30 + [["image_1"]]


@pytest.mark.parametrize(
    ("settings", "value", "kind"),
    [
        ({"type": "label_selection", "options": OPTIONS}, "a", TEXT),
        ({"type": "text"}, "free", TEXT),
        ({"type": "rating", "options": [{"value": 0}, {"value": 7}]}, 7, INTEGER),
        ({"type": "multi_label_selection", "options": OPTIONS}, ["a", "b"], pa.list_(TEXT)),
        (
            {"type": "span", "field": "caption", "options": OPTIONS},
            [{"label": "a", "start": 0, "end": 2}],
            pa.list_(pa.struct({"label": TEXT, "start": INTEGER, "end": INTEGER})),
        ),
    ],
)
def test_an_answer_and_a_suggestion_have_the_type_of_their_question(campaign, settings, value, kind):
    declare(campaign, Question, "why", settings)
    record = campaign.record("1")
    campaign.answer(record, campaign.user(), value, question="why")
    campaign.suggest(record, value, question="why")
    found = table(campaign)
    assert found["why.responses"].to_pylist() == [[value]]
    assert found["why.suggestion"].to_pylist() == [value]
    assert types(found)["why.suggestion"] == kind
    assert types(found)["why.responses"] == pa.list_(kind)


def test_a_ranking_is_a_list_of_its_options(campaign):
    declare(campaign, Question, "why", {"type": "ranking", "options": OPTIONS})
    ranks = [{"value": "b", "rank": 1}, {"value": "a", "rank": 2}]
    campaign.answer(campaign.record("1"), campaign.user(), ranks, question="why")
    found = table(campaign)
    assert types(found)["why.responses"] == pa.list_(pa.list_(TEXT))
    assert found["why.responses"].to_pylist() == [[["b", "a"]]]


def test_a_score_is_a_number_or_has_one_for_each_item(campaign):
    declare(campaign, Question, "why", {"type": "multi_label_selection", "options": OPTIONS})
    first, second, third = (campaign.record(str(number)) for number in range(3))
    campaign.suggest(first, "image_1", 1)
    campaign.suggest(first, ["a", "b"], [0.25, 1], question="why")
    campaign.suggest(second, ["a", "b"], 0.5, question="why")
    campaign.suggest(third, ["a"], question="why")
    found = table(campaign)
    assert types(found)["preference.suggestion.score"] == FLOAT
    assert found["preference.suggestion.score"].to_pylist() == [1.0, None, None]
    assert found["why.suggestion.score"].to_pylist() == [[0.25, 1.0], [0.5], None]


def test_metadata_is_text_unless_numbers_are_declared(campaign):
    for name, kind in (("seed", "integer"), ("steps", "integer"), ("guidance", "float"), ("term", "terms")):
        declare(campaign, MetadataProperty, name, {"type": kind})
    values = {"seed": -(10**17), "steps": None, "guidance": 7, "term": ["a", "b"], "extra": 1, "yes": True}
    campaign.record("1", metadata=values)
    campaign.record("2", metadata={"seed": 0, "steps": 50, "guidance": 1.5e-07, "term": "a", "extra": "x"})
    found = table(campaign)
    names = list(values)
    assert [types(found)[name] for name in names] == [INTEGER, INTEGER, FLOAT, TEXT, TEXT, TEXT]
    rows = [list(row.values()) for row in found.select(names).to_pylist()]
    assert rows == [[-(10**17), None, 7.0, '["a","b"]', "1", "true"], [0, 50, 1.5e-07, "a", "x", None]]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("integer", "many", "many"),
        ("integer", 1.5, "1.5"),
        ("integer", 10**30, str(10**30)),
        ("float", [1], "[1]"),
        ("float", "007", "007"),
    ],
)
def test_declared_numbers_are_text_if_a_record_holds_something_else(campaign, kind, value, text):
    campaign.record("1", metadata={"seed": 7})
    campaign.record("2", metadata={"seed": value})
    declare(campaign, MetadataProperty, "seed", {"type": kind})
    assert table(campaign)["seed"].to_pylist() == ["7", text]


def test_fields_have_the_type_of_their_settings(campaign):
    declare(campaign, Field, "caption", {"type": "text"})
    declare(campaign, Field, "picture", {"type": "image"})
    declare(campaign, Field, "chat", {"type": "chat"})
    declare(campaign, Field, "style", {"type": "custom", "template": ""})
    declare(campaign, Field, "nothing", {"type": "custom", "template": ""})
    pair = {"prompt": "a cat", "image_1": "a", "seed": 7}
    chat = [{"role": "user", "content": "hello", "name": "x"}]
    held = {
        "images": pair,
        "caption": "two",
        "picture": "p",
        "chat": chat,
        "style": {"z": {"a": 1}, "y": "q"},
    }
    campaign.record("1", fields=held)
    campaign.record("2", fields={"images": None})
    found = table(campaign)
    message = pa.struct({"role": TEXT, "content": TEXT})
    assert list(types(found).items())[3:] == [
        ("images", pa.struct({"image_1": TEXT, "image_2": TEXT, "prompt": TEXT, "seed": TEXT})),
        ("caption", TEXT),
        ("picture", TEXT),
        ("chat", pa.list_(message)),
        ("style", pa.struct({"z": TEXT, "y": TEXT})),
        ("nothing", TEXT),
    ]
    first, second = (list(row.values())[3:] for row in found.to_pylist())
    assert first == [
        {"image_1": "a", "image_2": None, "prompt": "a cat", "seed": "7"},
        "two",
        "p",
        [{"role": "user", "content": "hello"}],
        {"z": '{"a":1}', "y": "q"},
        None,
    ]
    assert second == [None] * 6


def test_a_vector_is_a_list_of_numbers(campaign):
    campaign.record("1")
    campaign.embed(campaign.record("2"), [0.1, -2.5, 1e-05])
    found = table(campaign, with_vectors=True)
    assert types(found)["prompt"] == pa.list_(FLOAT)
    assert found["prompt"].to_pylist() == [None, [0.1, -2.5, 1e-05]]


def test_every_type_has_a_kind():
    assert {*layouts.FIELD_KINDS, "custom"} == set(fields.TYPES)
    assert set(keys.PROPERTY_KINDS) == set(metadata.TYPES)


def test_a_value_that_its_question_does_not_allow_is_an_error(campaign):
    campaign.answer(campaign.record("1"), campaign.user(), 5)
    with pytest.raises(InvalidError, match=r"preference\.responses"):
        campaign.export("parquet")


def test_the_columns_are_compressed(campaign):
    campaign.record("1")
    group = pq.ParquetFile(io.BytesIO(campaign.export("parquet"))).metadata.row_group(0)
    assert {group.column(number).compression for number in range(group.num_columns)} == {"ZSTD"}


def test_groups_of_rows_leave_as_they_come(campaign, monkeypatch):
    small_groups(monkeypatch)
    add_records(campaign, 3_000)
    seen = []
    pieces = export(campaign.database, campaign.dataset, format=ExportFormat.PARQUET, on_progress=seen.append)
    with closing(pieces):
        received = next(pieces) + next(pieces)
        assert sum(seen) < 1_000
        received += b"".join(pieces)
    assert pq.read_table(io.BytesIO(received))["id"].to_pylist() == [str(n) for n in range(1, 3_001)]


@pytest.mark.skipif(not STATM.exists(), reason="only Linux tells a process its memory this way")
def test_memory_does_not_grow_with_the_dataset(campaign):
    add_records(campaign, 40_000, "a cat " * 400)
    before = highest = resident()
    for piece in export(campaign.database, campaign.dataset, format=ExportFormat.PARQUET):
        assert len(piece) < 200_000
        highest = max(highest, resident())
    assert highest - before < 100_000_000


def test_nothing_else_loads_arrow(database):
    code = """
import sys
from contextlib import closing
from diptych.app import create_app
from diptych.cli import app
from diptych.exports.formats import ExportFormat
assert "pyarrow" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
