import itertools
import json

import pytest
from PIL import Image

from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.models import Dataset
from tests.sdk import made


@pytest.fixture(scope="module")
def settings(rg):
    return made.every_type(rg)


@pytest.fixture(scope="module")
def records(rg, people):
    """Three records: with everything there is, with answers that lack something, and with hardly anything."""
    ada, ben, cleo = people
    full = rg.Record(
        id="full",
        fields={
            "prompt": "A red house in the rain",
            "picture": "https://images.example.org/house.webp",
            "chat": made.CHAT,
            "images": {"image_1": "https://x.org/1", "prompt": "</script> ⚠️", "size": [1, None, {"w": 2.5}]},
        },
        metadata={"seed": 7, "model": "dev", "scale": 1.5},
        vectors={"small": [0.5, -1.0], "large": [0.25, 2.0, 3.0]},
        suggestions=[
            rg.Suggestion(name, value, score=made.SCORES.get(name), agent="scorer-v1")
            for name, value in made.OTHER_VALUES.items()
        ],
        responses=[
            rg.Response(name, value, ada.id, status="submitted") for name, value in made.VALUES.items()
        ],
    )
    partial = rg.Record(
        id="partial",
        fields={"prompt": "A yellow house", "chat": made.CHAT[:1]},
        metadata={"model": ["dev", "sd"]},
        vectors={"large": [1.0, 2.0, 3.0]},
        suggestions=[rg.Suggestion("ranking", ["r1", "r3", "r2"], agent="scorer-v2", type="human")],
        responses=[
            rg.Response("label", "no", ada.id, status="submitted"),
            rg.Response("text", "Almost.", ben.id, status="draft"),
            rg.Response("ranking", ["r2"], ben.id, status="draft"),
            rg.Response("rating", 2, cleo.id, status="discarded"),
        ],
    )
    return [full, partial, rg.Record(id="bare", fields={"prompt": "Nothing"})]


@pytest.fixture(scope="module")
def dataset(rg, client, settings, records):
    made_ = rg.Dataset("every-type", workspace="default", settings=settings, client=client).create()
    made_.records.log(records)
    return made_


@pytest.fixture(scope="module")
def rows(migrated_database, dataset):
    """What the server exports itself: ``rows("json", with_vectors=True)``."""
    with migrated_database.transaction() as session:
        exported = session.get_one(Dataset, dataset.id)

    def rows(kind, **options):
        return json.loads(b"".join(export(migrated_database, exported, format=ExportFormat(kind), **options)))

    return rows


def answers(record):
    return [(item.question_name, item.value, item.user_id, item.status.value) for item in record.responses]


def suggestions(record):
    return {
        item.question_name: (item.value, item.score, item.agent, item.type) for item in record.suggestions
    }


def test_every_type_comes_back_as_it_went_in(dataset, records):
    found = list(dataset.records(with_vectors=True))
    assert [record.id for record in found] == ["full", "partial", "bare"]
    for ours, theirs in zip(found, records, strict=True):
        assert ours.fields.to_dict() == theirs.fields.to_dict()
        assert ours.metadata == theirs.metadata
        assert ours.vectors == theirs.vectors
        assert suggestions(ours) == suggestions(theirs)
        assert answers(ours) == answers(theirs)
    assert [record.status for record in found] == ["completed", "completed", "pending"]


def test_members_keep_their_order(dataset):
    full = next(iter(dataset.records))
    assert list(full.fields) == ["prompt", "picture", "chat", "images"]
    assert list(full.fields["images"]) == ["image_1", "prompt", "size"]
    assert list(full.metadata) == ["seed", "model", "scale"]


def test_a_ranking_has_a_rank_for_each_place(client, dataset):
    full = next(iter(dataset.records))
    stored = client.http_client.get(f"/api/v1/records/{full._server_id}").json()
    (response,) = stored["responses"]
    assert response["values"]["ranking"]["value"] == [
        {"value": "r2", "rank": 1},
        {"value": "r1", "rank": 2},
        {"value": "r3", "rank": 3},
    ]


def test_vectors_come_if_they_are_asked_for(dataset):
    full = {"small": [0.5, -1.0], "large": [0.25, 2.0, 3.0]}
    assert next(iter(dataset.records())).vectors == {}
    assert next(iter(dataset.records(with_vectors=True))).vectors == full
    assert next(iter(dataset.records(with_vectors="large"))).vectors == {"large": full["large"]}
    assert next(iter(dataset.records(with_vectors=["large", "small"]))).vectors == full


def test_responses_and_suggestions_are_left_out_if_they_are_not_asked_for(dataset):
    (full, *_) = dataset.records(with_responses=False)
    assert (len(full.responses), len(full.suggestions)) == (0, 6)
    (full, *_) = dataset.records(with_suggestions=False)
    assert (len(full.responses), len(full.suggestions)) == (6, 0)


@pytest.mark.parametrize("with_vectors", [False, True])
def test_the_server_exports_the_flat_rows_of_the_sdk(dataset, rows, with_vectors):
    theirs = dataset.records(with_vectors=with_vectors).to_list(flatten=True)
    assert rows("json", with_vectors=with_vectors) == theirs
    assert theirs[1]["ranking.responses"] == [["r2"]]
    assert theirs[1]["ranking.suggestion"] == ["r1", "r3", "r2"]
    # The SDK fills what is missing in hash order.
    ours = rows("json", with_vectors=with_vectors)[0]
    assert [name for name in ours if not name.startswith(tuple(made.VALUES))] == [
        name for name in theirs[0] if not name.startswith(tuple(made.VALUES))
    ]


@pytest.mark.parametrize("with_vectors", [False, True])
def test_the_server_exports_the_nested_records_of_the_sdk(dataset, rows, with_vectors):
    theirs = dataset.records(with_vectors=with_vectors).to_list(flatten=False)
    ours = rows("argilla-json", with_vectors=with_vectors)
    assert ours == theirs
    assert [list(row) for row in ours] == [list(row) for row in theirs]


def test_lines_and_tables_have_rankings_as_lists_too(migrated_database, dataset):
    with migrated_database.transaction() as session:
        exported = session.get_one(Dataset, dataset.id)
    (first, *_) = b"".join(export(migrated_database, exported, format=ExportFormat.JSONL)).splitlines()
    assert json.loads(first)["ranking.responses"] == [["r2", "r1", "r3"]]
    table = b"".join(export(migrated_database, exported, format=ExportFormat.CSV)).decode()
    assert '"[[""r2"", ""r1"", ""r3""]]"' in table


def test_a_dictionary_has_the_records_as_columns_or_by_their_id(dataset):
    rows = dataset.records.to_list(flatten=True)
    columns = dataset.records.to_dict(flatten=True)
    assert columns == {name: [row[name] for row in rows] for name in rows[0]}
    by_id = dataset.records.to_dict(orient="index")
    assert list(by_id) == ["full", "partial", "bare"]
    assert by_id["bare"]["fields"] == {"prompt": "Nothing"}


def test_the_json_file_of_the_sdk_is_the_nested_export(dataset, rows, tmp_path):
    path = dataset.records.to_json(tmp_path / "records.json")
    assert json.loads(path.read_text("utf-8")) == rows("argilla-json")


def test_a_folder_becomes_the_same_dataset_again(rg, client, dataset, tmp_path):
    dataset.to_disk(str(tmp_path))
    settings = json.loads((tmp_path / ".argilla" / "settings.json").read_text("utf-8"))
    assert list(settings) == [
        *("guidelines", "questions", "fields", "vectors", "metadata"),
        *("allow_extra_metadata", "distribution", "mapping"),
    ]
    again = rg.Dataset.from_disk(str(tmp_path), name="from-disk", workspace="default", client=client)
    assert made.described(again.settings) == made.described(dataset.settings)
    ours, theirs = again.records.to_list(), dataset.records.to_list()
    # The nested shape has no status of a response, so that all of them become drafts.
    assert [row.pop("status") for row in ours] == ["pending"] * 3
    for row in itertools.chain(ours, theirs):
        row.pop("status", None)
        row.pop("_server_id")
    assert ours == theirs
    again.delete()


def test_a_picture_travels_as_data(rg, client):
    settings = rg.Settings(
        fields=[rg.ImageField(name="picture")],
        questions=[rg.LabelQuestion(name="label", labels=["yes", "no"])],
    )
    drawn = rg.Dataset("drawn", workspace="default", settings=settings, client=client).create()
    picture = Image.new("RGB", (3, 2), "teal")
    picture.format = "PNG"
    drawn.records.log([rg.Record(id="1", fields={"picture": picture})])
    (record,) = drawn.records
    assert record.fields["picture"].tobytes() == picture.tobytes()
    (row,) = drawn.records.to_datasets()
    assert row["picture"].tobytes() == picture.tobytes()
    drawn.delete()
