"""A dataset goes to the Hub and comes back; only what crosses the network is replaced by a folder."""

import json
import shutil

import pytest

from tests.sdk import made

# The SDK names every column that it reads by itself, answers for one.
pytestmark = pytest.mark.filterwarnings("ignore:Keys .* will be ignored:UserWarning")
REPOSITORY = "org/open-image-preferences"


@pytest.fixture(scope="module")
def hub(rg, tmp_path_factory):
    """A folder in the place of the repository."""
    import datasets  # noqa: PLC0415 - reads HF_HOME when imported
    import huggingface_hub  # noqa: PLC0415 - as above

    folder = tmp_path_factory.mktemp("repository")
    cache = tmp_path_factory.mktemp("cache")
    load = datasets.load_dataset

    def push_to_hub(dataset, repo_id):
        assert repo_id == REPOSITORY
        dataset.to_parquet(folder / "data" / "train-00000-of-00001.parquet")

    def upload_folder(_api, *, folder_path, repo_id, repo_type):
        assert (repo_id, repo_type) == (REPOSITORY, "dataset")
        shutil.copytree(folder_path, folder, dirs_exist_ok=True)

    def snapshot_download(repo_id, **_options):
        assert repo_id == REPOSITORY
        return str(
            shutil.copytree(folder / ".argilla", folder / "snapshot" / ".argilla", dirs_exist_ok=True).parent
        )

    def load_dataset(path, split=None, name=None):
        assert path == REPOSITORY
        return load("parquet", name, data_dir=str(folder / "data"), split=split, cache_dir=str(cache))

    (folder / "data").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.Dataset, "push_to_hub", push_to_hub)
        patch.setattr(datasets, "load_dataset", load_dataset)
        patch.setattr(huggingface_hub.HfApi, "upload_folder", upload_folder)
        patch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
        yield folder


@pytest.fixture(scope="module")
def dataset(rg, client, people):
    """Records as the campaign has them: answered by three people, by one, and by nobody."""
    settings = made.campaign(rg, dimensions=2, min_submitted=2)
    dataset = rg.Dataset("campaign", workspace="default", settings=settings, client=client).create()
    statuses = ["submitted", "submitted", "discarded"]
    records = [
        rg.Record(
            **made.pair(number),
            vectors={"prompt": [number / 2, -1.0]},
            suggestions=[rg.Suggestion("preference", "image_2", score=0.75, agent="scorer-v1")],
            responses=[
                rg.Response("preference", label, person.id, status=status)
                for person, label, status in zip(people, made.LABELS, statuses, strict=False)
            ][: 3 - number],
        )
        for number in range(4)
    ]
    dataset.records.log(records)
    return dataset


@pytest.fixture(scope="module")
def pushed(hub, dataset):
    dataset.to_hub(REPOSITORY)
    return hub


@pytest.fixture(scope="module")
def again(rg, client, pushed):
    return rg.Dataset.from_hub(REPOSITORY, workspace="default", settings="auto", client=client)


def without(rows, *names):
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


def test_the_rows_for_datasets_are_the_flat_rows(dataset):
    rows = dataset.records.to_datasets()
    label = rows.features["preference.suggestion"]
    expected = dataset.records.to_list(flatten=True)
    found = rows.to_list()
    for row in found:
        row["preference.suggestion"] = label.int2str(row["preference.suggestion"])
    assert found == expected
    assert found[3]["preference.responses"] is None
    assert rows.features["images"]["image_1"].dtype == "string"
    assert rows.features["preference.responses"].feature.dtype == "string"


def test_a_repository_has_the_rows_the_settings_and_a_card(pushed, dataset):
    files = sorted(str(path.relative_to(pushed)) for path in pushed.rglob("*.*") if path.is_file())
    assert [name for name in files if not name.startswith("snapshot")] == [
        ".argilla/dataset.json",
        ".argilla/settings.json",
        "README.md",
        "data/train-00000-of-00001.parquet",
    ]
    described = json.loads((pushed / ".argilla" / "dataset.json").read_text("utf-8"))
    assert (described["name"], described["status"]) == ("campaign", "ready")
    assert described["distribution"] == {"strategy": "overlap", "min_submitted": 2}
    card = (pushed / "README.md").read_text("utf-8")
    assert "size_categories: n<1K" in card
    assert "Which image is better?" in card
    assert dataset.guidelines in card


def test_what_comes_back_has_the_same_settings(again, dataset):
    assert again.name == REPOSITORY
    assert made.described(again.settings) == made.described(dataset.settings)


def test_what_comes_back_has_the_same_records_and_answers(again, dataset):
    ours = again.records(with_vectors=True).to_list(flatten=True)
    theirs = dataset.records(with_vectors=True).to_list(flatten=True)
    # The SDK takes only the metadata that is declared.
    assert without(ours, "_server_id") == without(theirs, "_server_id", "category", "sub_category")
    assert [row["status"] for row in ours] == ["completed", "completed", "pending", "pending"]
    assert again.progress(with_users_distribution=True) == dataset.progress(with_users_distribution=True)


def test_settings_alone_make_an_empty_dataset(rg, client, pushed, dataset):
    empty = rg.Dataset.from_hub(
        REPOSITORY, name="empty", workspace="default", settings="auto", with_records=False, client=client
    )
    assert made.described(empty.settings) == made.described(dataset.settings)
    assert list(empty.records) == []
