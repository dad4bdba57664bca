"""What other programs make of an export."""

import json
import os
import subprocess
import sys
import uuid
import warnings
from pathlib import Path

import pytest

from diptych.core.settings import Settings
from diptych.exports.contents import ExportContent
from diptych.exports.formats import list_formats
from diptych.imports.service import import_file
from diptych.models import MetadataProperty, Response, Suggestion, Vector

SEED = Path(__file__).parents[1] / "data" / "seed_record.json"
LOAD = """
import json, sys
from datasets import load_dataset
rows = load_dataset(sys.argv[1], data_files=sys.argv[2], cache_dir=sys.argv[3], split="train")
features = {name: str(kind) for name, kind in rows.features.items()}
print(json.dumps({"features": features, "rows": rows.to_list()}, default=str))
"""


@pytest.fixture
def load(campaign, tmp_path):
    """Write an export to a file and load it with ``datasets`` as a researcher does, but offline."""

    def run(kind, name, **options):
        path = tmp_path / name
        path.write_bytes(campaign.export(kind, **options))
        environment = {**os.environ, "HF_HOME": str(tmp_path / "home"), "HF_DATASETS_OFFLINE": "1"}
        builder = "json" if kind == "jsonl" else kind
        command = [sys.executable, "-c", LOAD, builder, str(path), str(tmp_path / "cache")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def answered(campaign):
    """Two records with answers, one with a suggestion and a vector, and one that has none of these."""
    users = [campaign.user() for _ in range(2)]
    for number in range(2):
        record = campaign.record(
            str(number), metadata={"model_1": "dev", "seed": number}, submitted_count=number
        )
        for user, value in zip(users, ["image_1", "both_good"], strict=True):
            campaign.answer(record, user, value)
    campaign.suggest(record, "image_2", 0.5, "scorer-v1")
    campaign.embed(record, [0.5, -1.0])
    campaign.answer(record, campaign.user(), status="discarded")
    campaign.answer(record, campaign.user(), "toxic_content", "discarded")
    campaign.record("2", metadata={"category": "Manga"})
    return users


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_datasets_loads_the_flat_rows(load, campaign, answered, kind):
    loaded = load(kind, f"cats.{kind}", with_vectors=True)
    assert loaded["rows"] == campaign.rows(with_vectors=True)
    assert list(loaded["features"]) == list(loaded["rows"][0])
    assert loaded["features"]["preference.responses"] == "List(Value('string'))"
    assert "'prompt': Value('string')" in loaded["features"]["images"]
    assert loaded["rows"][2]["preference.responses"] is None


def test_datasets_finds_the_same_features_in_parquet_as_in_json(load, campaign, answered):
    with campaign.database.transaction() as session:
        settings = {"type": "integer"}
        declared = {"name": "seed", "title": "Seed", "settings": settings}
        session.add(MetadataProperty(dataset_id=campaign.dataset.id, **declared))
    as_json = load("json", "cats.json", with_vectors=True)
    as_parquet = load("parquet", "cats.parquet", with_vectors=True)
    assert as_parquet["rows"] == as_json["rows"]
    assert as_parquet["features"] == as_json["features"]


def test_datasets_loads_the_csv(load, campaign, answered):
    loaded = load("csv", "cats.csv")
    assert [row["id"] for row in loaded["rows"]] == [0, 1, 2]
    assert [row["prompt"] for row in loaded["rows"]] == [row["images"]["prompt"] for row in campaign.rows()]
    assert json.loads(loaded["rows"][0]["preference.responses"]) == ["image_1", "both_good"]


def test_datasets_loads_the_responses_of_every_format(load, campaign, answered):
    campaign.answer(campaign.record("3"), answered[0], "image_1", shown_order=[2, 1], duration_ms=900)
    loaded = {
        kind: load(kind, f"cats.{kind}", content=ExportContent.RESPONSES)
        for kind in list_formats(ExportContent.RESPONSES)
    }
    (columns,) = {tuple(one["features"]) for one in loaded.values()}
    assert (columns[0], columns[-1]) == ("external_id", "preference")
    for one in loaded.values():
        rows = one["rows"]
        assert len(rows) == 7
        assert [row["status"] for row in rows].count("discarded") == 2
        assert (rows[-1]["duration_ms"], rows[-1]["preference"]) == (900, "image_1")
        assert [row["is_late"] for row in rows] == [False] * 7
    assert loaded["json"]["rows"] == loaded["jsonl"]["rows"]
    assert loaded["parquet"]["features"]["shown_order"] == "List(Value('int16'))"
    assert loaded["parquet"]["features"]["inserted_at"] == "Value('timestamp[us, tz=UTC]')"


@pytest.mark.parametrize("kind", list_formats(ExportContent.RESPONSES))
def test_datasets_finds_the_columns_of_questions_without_an_answer(load, campaign, kind):
    campaign.answer(campaign.record("1"), campaign.user(), status="draft")
    loaded = load(kind, f"cats.{kind}", content=ExportContent.RESPONSES)
    assert list(loaded["features"])[-2:] == ["revision", "preference"]
    assert loaded["rows"][0]["preference"] is None


@pytest.fixture
def argilla():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import argilla  # noqa: PLC0415 - it warns when it is imported

    return argilla


def test_the_sdk_reads_the_nested_records(campaign, answered, argilla):
    exported = campaign.rows("argilla-json", with_vectors=True)
    assert [row["status"] for row in exported] == ["pending", "completed", "pending"]
    for nested in exported:
        # The SDK believes the status only when it asks the server.
        assert argilla.Record.from_dict(nested).to_dict() == {**nested, "status": "pending"}


def test_the_sdk_makes_the_same_flat_rows(campaign, answered, argilla):
    flatten = argilla.records._io.GenericIO.to_list
    records = [sdk_record(argilla, campaign, record) for record in campaign.records()]
    theirs = flatten(records, flatten=True)
    ours = campaign.rows(with_vectors=True)
    assert ours == theirs
    # The SDK fills what is missing in hash order; the second record lacks nothing but another one's metadata.
    common = [name for name in theirs[1] if theirs[1][name] is not None]
    assert [name for name in ours[1] if name in common] == common


def sdk_record(argilla, campaign, record):
    """Return a record as the SDK holds it, made from the tables and not from an export."""
    vectors = [[float(number) for number in vector.value] for vector in campaign.list(Vector, record)]
    made = argilla.Record(
        id=record.external_id,
        fields=record.fields,
        metadata=record.metadata_,
        vectors=dict(zip(["prompt"], vectors, strict=False)),
        responses=[
            argilla.Response(question, answer["value"], response.user_id, status=response.status.value)
            for response in campaign.list(Response, record)
            for question, answer in response.values.items()
        ],
        suggestions=[
            argilla.Suggestion("preference", item.value, score=item.score, agent=item.agent)
            for item in campaign.list(Suggestion, record)
        ],
        _server_id=record.id,
    )
    made._model.status = record.status.value
    return made


@pytest.fixture
def seed():
    return json.loads(SEED.read_text("utf-8"))


def test_the_published_record_comes_out_as_it_went_in(campaign, tmp_path, seed):
    path = tmp_path / "records.json"
    path.write_text(json.dumps([seed["nested"]]), "utf-8")
    import_file(campaign.database, campaign.dataset, path, settings=Settings(data_dir=tmp_path))
    (nested,) = campaign.rows("argilla-json", with_vectors=True)
    (flat,) = campaign.rows(with_vectors=True)
    assert uuid.UUID(nested["_server_id"]) == uuid.UUID(flat["_server_id"])
    nested["_server_id"] = flat["_server_id"] = seed["flat"]["_server_id"]
    assert json.dumps(nested) == json.dumps(seed["nested"])
    assert json.dumps(flat) == json.dumps(seed["flat"])
    assert list(campaign.rows()[0]) == [name for name in seed["flat"] if name != "prompt"]
