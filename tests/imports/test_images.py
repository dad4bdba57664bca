"""The pictures that come with a file."""

import pytest
from PIL import Image
from sqlalchemy import func, select

from diptych.core.errors import InvalidError
from diptych.imports.report import BadRowsError
from diptych.models import DatasetMedia, Media, Workspace
from tests import factories

HEADER = "id,prompt,image_1,image_2"


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(["a.png", "b.png", "more/c.png"]):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / name)
    (folder / "not.png").write_text("<html>")
    Image.new("RGB", (8, 8), "white").save(tmp_path / "secret.png")
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "in.png").symlink_to(folder / "a.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    return folder


def test_relative_paths_become_addresses_without_names(load, images):
    report = load(
        f"{HEADER}\n1,x,a.png,more/c.png\n2,x,./b.png,in.png\n3,x,a.png,https://a.example/x\n", images=images
    )
    assert report.new == 3
    pairs = [record.fields["images"] for record in load.records()]
    assert pairs[0]["image_1"] == pairs[1]["image_2"] == pairs[2]["image_1"]
    assert all(pair["image_1"].startswith("/media/") and len(pair["image_1"]) == 75 for pair in pairs)
    assert pairs[2]["image_2"] == "https://a.example/x"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone.png", "there is no such file"),
        ("not.png", "not a JPEG, PNG, WebP, GIF or AVIF"),
        ("more", "this is not a file"),
        (".", "this is not a file"),
        ("../secret.png", "leads out of the image folder"),
        ("more/../../secret.png", "leads out of the image folder"),
        ("/etc/passwd", "leads out of the image folder"),
        ("more/../a.png", "leads out of the image folder"),
        ("out.png", "leads out of the image folder"),
        ("loop.png", "there is no such file"),
        ("x" * 5000, "there is no such file"),
        ("a.png/x", "there is no such file"),
        ("..\\secret.png", "there is no such file"),
        ("%2e%2e/secret.png", "there is no such file"),
        ("file:///etc/passwd", "it has to start with https"),
    ],
)
def test_a_path_that_is_no_picture_of_the_folder_is_a_bad_row(load, images, path, reason):
    load([{"prompt": "x", "image_1": "a.png", "image_2": path}], name="x.json", images=images, dry_run=True)
    (problem,) = load.problems
    assert problem.column == "image_2"
    assert reason in problem.reason


def test_nested_and_flat_records_bring_pictures_too(load, images):
    pair = {"image_1": "a.png", "image_2": "b.png", "prompt": "x"}
    rows = [{"id": "1", "fields": {"images": pair}}, {"id": "2", "images": pair}, {"id": "3", "fields": 5}]
    assert load(rows, name="x.jsonl", images=images, skip_bad_rows=True).new == 2


def test_a_picture_of_a_row_that_is_not_imported_has_no_row(load, database, images):
    with pytest.raises(BadRowsError):
        load(f"{HEADER}\n1,x,a.png,b.png\n2,x,a.png,gone.png\n", images=images)
    load(f"{HEADER}\n1,x,a.png,b.png\n2,,more/c.png,more/c.png\n", images=images, skip_bad_rows=True)
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Media)) == 2


@pytest.mark.parametrize("before", [0, 10])
def test_the_first_of_two_rows_stays_whichever_has_pictures(load, images, before):
    """The second row is a part or two behind the first, or in the same one."""
    others = "".join(f"{number},x,https://a.example/1,https://a.example/2\n" for number in range(before))
    text = f"{HEADER}\nsame,x,a.png,b.png\n{others}same,x,https://a.example/1,https://a.example/2\n"
    assert load(text, images=images, skip_bad_rows=True).new == before + 1
    assert [problem.line for problem in load.problems] == [before + 3]
    (first,) = [record for record in load.records() if record.external_id == "same"]
    assert first.fields["images"]["image_1"].startswith("/media/")


def test_a_row_with_an_address_of_no_stored_image_is_left_out(load):
    unknown = f"/media/{'0' * 64}.png"
    web = "https://a.example/1,https://a.example/2"
    text = f"{HEADER}\n1,x,{web}\n2,x,{unknown},{unknown}\n3,x,{web}\n"
    assert load(text, skip_bad_rows=True).new == 2
    assert [problem.line for problem in load.problems] == [3]
    assert [record.external_id for record in load.records()] == ["1", "3"]


def test_an_image_that_is_here_is_called_by_its_address(load, database, images):
    load(f"{HEADER}\n1,x,a.png,b.png\n", images=images)
    pair = load.records()[0].fields["images"]
    with database.transaction() as session:
        other = factories.dataset(session, "other")
        session.add(Workspace(name="elsewhere"))
        session.flush()
        admin = factories.user(session, workspace="elsewhere")
        theirs = factories.dataset(session, "theirs", workspace="elsewhere")
    text = f"{HEADER}\n1,x,{pair['image_1']},{pair['image_2']}\n"
    assert load(text, into=other, actor=admin).new == 1
    with database.transaction() as session:
        shown = session.scalars(select(DatasetMedia).where(DatasetMedia.dataset_id == other.id)).all()
        assert len(shown) == 2
    assert load(text, into=theirs, actor=admin, dry_run=True).bad == 1
    assert load.bad == [(2, "image_1")]
    assert load(text, into=theirs, dry_run=True).bad == 0


def test_a_folder_that_is_none_is_an_error(load, tmp_path):
    with pytest.raises(InvalidError, match="is not a folder"):
        load(f"{HEADER}\n", images=tmp_path / "gone")
