import csv
import io

import pytest
from PIL import Image
from sqlalchemy import select

from diptych.models import Record
from tests import factories

A, B = "https://images.example.org/a.webp", "https://images.example.org/b.webp"


@pytest.fixture
def dataset(database):
    with database.transaction() as session:
        return factories.dataset(session, "cats")


@pytest.fixture
def pairs(tmp_path):
    """Write rows of id, prompt, image_1 and image_2 into a file."""

    def pairs(*rows, header=("id", "prompt", "image_1", "image_2")):
        buffer = io.StringIO()
        csv.writer(buffer).writerows([header, *rows])
        path = tmp_path / "pairs.csv"
        path.write_text(buffer.getvalue())
        return path

    return pairs


def external_ids(database):
    with database.transaction() as session:
        return sorted(session.scalars(select(Record.external_id)))


def test_a_file_is_imported_and_importing_again_changes_nothing(diptych, database, dataset, pairs):
    path = pairs(("1", "a cat", A, B), ("2", "a dog", A, B))
    outcome = diptych("import", path, "--dataset", "cats")
    assert outcome.code == 0
    assert outcome.out == "2 rows: 2 new, 0 updated, 0 unchanged.\n"
    assert external_ids(database) == ["1", "2"]
    assert diptych("import", path, "--dataset", dataset.id).out == "2 rows: 0 new, 0 updated, 2 unchanged.\n"


def test_bad_rows_are_named_and_nothing_is_imported(diptych, database, dataset, pairs):
    path = pairs(("[b]1", "a cat", A, B), ("2", "a dog", "nowhere.png", B), ("[b]1", "a cat", A, B))
    outcome = diptych("import", path, "--dataset", "cats")
    assert outcome.code == 1
    assert outcome.out == ""
    assert (
        "line 3, column image_1: names a picture file, but no pictures were uploaded (--images)\n"
        in outcome.err
    )
    assert "line 4, column id: '[b]1' is already on line 2\n" in outcome.err
    assert "error: 2 of 3 rows can't be imported, so nothing was." in outcome.err
    assert external_ids(database) == []


def test_bad_rows_can_be_skipped(diptych, database, dataset, pairs):
    path = pairs(("1", "a cat", A, B), ("2", "", A, B))
    outcome = diptych("import", path, "--dataset", "cats", "--skip-bad-rows")
    assert outcome.code == 0
    assert outcome.out == "2 rows: 1 new, 0 updated, 0 unchanged, 1 bad.\n"
    assert "line 3, column prompt: is empty" in outcome.err
    assert external_ids(database) == ["1"]


@pytest.mark.parametrize(("prompt", "code"), [("a dog", 0), ("", 1)])
def test_a_dry_run_changes_nothing(diptych, database, dataset, pairs, prompt, code):
    outcome = diptych(
        "import", pairs(("1", "a cat", A, B), ("2", prompt, A, B)), "--dataset", "cats", "--dry-run"
    )
    assert outcome.code == code
    assert outcome.out.startswith("Dry run: nothing was changed. 2 rows: ")
    assert external_ids(database) == []


def test_columns_are_mapped(diptych, database, dataset, pairs):
    path = pairs(("1", "a cat", A, B), header=("key", "caption", "image_1", "image_2"))
    arguments = ("import", path, "--dataset", "cats", "--map", "prompt=caption", "--map", "id=key")
    assert diptych(*arguments).code == 0
    assert external_ids(database) == ["1"]


@pytest.mark.parametrize("pair", ["caption", "=caption", "prompt="])
def test_a_mapping_needs_two_names(diptych, dataset, pairs, pair):
    outcome = diptych("import", pairs(), "--dataset", "cats", "--map", pair)
    assert outcome.code == 2
    assert "prompt=caption" in outcome.err


def test_one_name_has_one_column(diptych, dataset, pairs):
    arguments = ("import", pairs(), "--dataset", "cats", "--map", "prompt=a", "--map", "prompt=b")
    assert diptych(*arguments).code == 2


def test_pictures_come_from_a_folder(diptych, dataset, pairs, tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "images" / "a.png")
    path = pairs(("1", "a cat", "a.png", B))
    assert diptych("import", path, "--dataset", "cats", "--images", tmp_path / "images").code == 0
    assert len(list((tmp_path / "data" / "media").rglob("*.png"))) == 1


def test_answers_and_unknown_people_are_told(diptych, dataset, tmp_path):
    record = (
        '{"id": "1", "fields": {"images": {"image_1": "%s", "image_2": "%s", "prompt": "x"}}, "responses": '
        '{"preference": [{"value": "image_1", "user_id": "50b9a890-173b-4999-bffa-fc0524ba6c63"}]}}'
    )
    path = tmp_path / "records.json"
    path.write_text(f"[{record % (A, B)}]")
    outcome = diptych("import", path, "--dataset", "cats")
    assert outcome.out == (
        "1 rows: 1 new, 0 updated, 0 unchanged, 1 answers, 1 unknown authors added (they can't log in).\n"
    )


def test_errors_of_the_whole_file_are_sentences(diptych, dataset, pairs, tmp_path):
    assert "error: There is no dataset named 'dogs'." in diptych("import", pairs(), "--dataset", "dogs").err
    (tmp_path / "empty.csv").touch()
    outcome = diptych("import", tmp_path / "empty.csv", "--dataset", "cats")
    assert outcome.code == 1
    assert "error: The file is empty" in outcome.err
    assert diptych("import", tmp_path / "gone.csv", "--dataset", "cats").code == 2
