"""Importing from a page: upload, look, confirm, watch."""

import io
import os
import re
import uuid

import pytest
from PIL import Image
from sqlalchemy import select

from diptych.core.data_dir import data_dir_id
from diptych.imports import jobs, uploads
from diptych.imports.queries import list_imports
from diptych.jobs.worker import Worker
from diptych.models import Dataset, JobStatus, Media, Record, Role
from diptych.models import Worker as WorkerRow
from diptych.worker import JOB_KINDS
from tests import factories

A, B = "https://images.example.org/a.webp", "https://images.example.org/b.webp"
PAGE = "/datasets/cats/imports"


@pytest.fixture
def dataset(database):
    with database.transaction() as session:
        factories.record(session, factories.dataset(session, "noise"), "1")
        return factories.dataset(session, "cats")


@pytest.fixture
def admin(dataset, log_in):
    return log_in("ada", role=Role.ADMIN)


@pytest.fixture
def work(database, settings):
    """Do the jobs that wait."""
    return Worker(database, settings, JOB_KINDS).run_waiting


@pytest.fixture
def at_once(admin, work):
    """Do the jobs as soon as the admin has asked for them."""
    admin.event_hooks["response"].append(lambda _response: work())


def csv(*rows, header="id,prompt,image_1,image_2"):
    return "\n".join([header, *(",".join(row) for row in rows)]).encode()


def upload(client, content, name="pairs.csv", pictures=()):
    files = [("file", (name, content)), *(("pictures", picture) for picture in pictures)]
    answer = client.post(PAGE, files=files)
    return answer.headers.get("location") if answer.status_code == 303 else answer


def external_ids(database, dataset):
    with database.transaction() as session:
        mine = Record.dataset_id == dataset.id
        return sorted(session.scalars(select(Record.external_id).where(mine)))


def get_import(database):
    with database.transaction() as session:
        (state,) = list_imports(session, session.scalars(select(Dataset).where(Dataset.name == "cats")).one())
        return state


def test_a_file_is_uploaded_looked_at_and_confirmed(admin, at_once, database, dataset, settings):
    assert 'enctype="multipart/form-data"' in admin.get(PAGE).text
    page = upload(admin, csv(("1", "a <b>cat</b>", A, B), ("2", "a dog", A, B)))
    shown = admin.get(page)
    assert "data-refresh" not in shown.text
    assert "2 new records" in shown.text
    assert "a &lt;b&gt;cat&lt;/b&gt;" in shown.text
    assert external_ids(database, dataset) == []
    assert admin.post(f"{page}/run").headers["location"] == page
    assert external_ids(database, dataset) == ["1", "2"]
    assert "Imported" in admin.get(page).text
    assert not list(settings.uploads_dir.iterdir())
    assert "pairs.csv" in admin.get(PAGE).text


def test_bad_rows_are_shown_and_can_be_left_out(admin, at_once, database, dataset):
    page = upload(admin, csv(("1", "a cat", A, B), ("2", "", A, B), ("3", "a dog", A, "x.png")))
    text = admin.get(page).text
    assert "2 bad rows" in text
    assert "is empty" in text
    assert "<code>image_2</code>" in text
    admin.post(f"{page}/run")
    assert external_ids(database, dataset) == []
    assert "Some rows can&#39;t be imported, so nothing was" in admin.get(page).text
    admin.post(f"{page}/run", data={"skip_bad_rows": "true"})
    assert external_ids(database, dataset) == ["1"]


def test_only_so_many_bad_rows_are_kept_and_all_are_counted(admin, at_once, database, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_PROBLEMS", 3)
    page = upload(admin, csv(*((str(number), "", A, B) for number in range(5))))
    assert "The first 3 of 5" in admin.get(page).text
    assert len(get_import(database).result["problems"]) == 3


def test_columns_are_proposed_and_can_be_changed(admin, at_once, database, dataset):
    page = upload(admin, csv(("1", "a cat", A, B, "x"), header="key,caption,image_1,image_2,other"))
    assert get_import(database).mapping == {
        "prompt": "caption", "image_1": "image_1", "image_2": "image_2", "id": "key"
    }  # fmt: skip
    form = {"prompt": "other", "image_1": "image_1", "image_2": "image_2", "id": ""}
    assert admin.post(f"{page}/check", data=form).status_code == 303
    assert get_import(database).mapping == {"prompt": "other", "image_1": "image_1", "image_2": "image_2"}
    assert re.search(r'<option value="other"\s+selected>', admin.get(page).text)
    admin.post(f"{page}/run")
    with database.transaction() as session:
        record = session.scalars(select(Record).where(Record.dataset_id == dataset.id)).one()
    assert record.fields["images"]["prompt"] == "x"
    assert record.metadata_ == {"key": "1", "caption": "a cat"}


def test_missing_columns_are_explained_and_can_be_mended(admin, at_once, database, dataset):
    page = upload(admin, csv(("a cat", A, B), header="was,links,rechts"))
    text = admin.get(page).text
    assert "The file has no columns prompt, image_1, image_2" in text
    assert f"{page}/run" not in text
    admin.post(f"{page}/check", data={"prompt": "was", "image_1": "links", "image_2": "rechts"})
    assert "1 new records" in admin.get(page).text


@pytest.mark.parametrize("form", [{"prompt": "gone"}, {"prompt": "a\0b"}])
def test_a_column_that_is_not_there_cannot_be_chosen(admin, at_once, form):
    page = upload(admin, csv(("1", "a cat", A, B)))
    assert admin.post(f"{page}/check", data=form).status_code == 422


def test_an_export_needs_no_columns(admin, at_once):
    content = b'[{"id": "1", "fields": {"images": {"image_1": "%b", "image_2": "%b", "prompt": "a cat"}}}]'
    page = upload(admin, content % (A.encode(), B.encode()), name="records.json")
    text = admin.get(page).text
    assert "1 new records" in text
    assert "Check again" not in text


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_come_along(admin, at_once, database):
    pictures = [("a.png", picture()), ("C:\\fakepath\\b.png", picture()), ("../../c.png", picture())]
    page = upload(admin, csv(("1", "x", "a.png", "b.png"), ("2", "x", "c.png", A)), pictures=pictures)
    admin.post(f"{page}/run")
    with database.transaction() as session:
        assert len(session.scalars(select(Media)).all()) == 1
        assert len(session.scalars(select(Record)).all()) == 3


@pytest.mark.parametrize(
    ("content", "name", "pictures", "message"),
    [
        (b"", "pairs.csv", [], "The file is empty"),
        (b"x", "pairs.xlsx", [], "Unsupported file type"),
        (b"PK\x03\x04", "pairs.csv", [], "ZIP or Excel"),
        (csv(), ".csv", [], "Unsupported file type"),
        (csv(), "a" * 300 + ".csv", [], "A file needs a plain name"),
        (csv(), "pairs.csv", [("x.png", b"1"), ("y/x.png", b"2")], "Two pictures are named"),
        (csv(), "pairs.csv", [("..", b"1")], "A file needs a plain name"),
    ],
)
def test_what_cannot_be_imported_is_not_kept(admin, at_once, settings, content, name, pictures, message):
    answer = upload(admin, content, name=name, pictures=pictures)
    assert answer.status_code == 422
    assert message in answer.text
    assert not settings.uploads_dir.exists() or not list(settings.uploads_dir.iterdir())


def test_a_form_without_a_file_is_refused(admin):
    assert admin.post(PAGE, data={"file": "text"}).status_code == 422
    assert admin.post(PAGE).status_code == 422


def test_a_full_disk_is_said(admin, at_once, settings, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.shutil, "copyfileobj", full)
    answer = upload(admin, csv())
    assert answer.status_code == 503
    assert "No space left on device" in answer.text
    assert not list(settings.uploads_dir.iterdir())


def test_nobody_may_send_a_file_who_may_not_import(dataset, log_in, anonymous, settings):
    annotator = log_in("bob")
    assert annotator.get(PAGE).status_code == 403
    assert upload(annotator, csv()).status_code == 403
    assert upload(anonymous, csv()) == "/login"
    assert not settings.uploads_dir.exists()


def test_an_import_belongs_to_its_dataset(admin, at_once, database):
    page = upload(admin, csv(("1", "a cat", A, B)))
    elsewhere = page.replace("/cats/", "/noise/")
    assert admin.get(elsewhere).status_code == 404
    assert admin.post(f"{elsewhere}/run").status_code == 404
    assert admin.post(f"{elsewhere}/check", data={"prompt": "gone"}).status_code == 404
    assert admin.get(f"{PAGE}/{uuid.uuid4()}").status_code == 404


def test_a_file_is_imported_once(admin, work, database):
    page = upload(admin, csv(("1", "a cat", A, B)))
    assert "data-refresh" in admin.get(page).text
    assert admin.post(f"{page}/run").status_code == 409
    work()
    assert admin.post(f"{page}/run").status_code == 303
    assert admin.post(f"{page}/run").status_code == 409
    work()
    assert admin.post(f"{page}/run").status_code == 409


def test_uploads_wait_in_a_queue(admin, work, database, settings):
    first, second = (upload(admin, csv(("1", "a cat", A, B)), name=f"{name}.csv") for name in ("a", "b"))
    assert "No worker is running" in admin.get(first).text
    with database.transaction() as session:
        session.add(WorkerRow(name="host:1", data_dir=data_dir_id(settings)))
    assert "ahead of this one" not in admin.get(first).text
    assert "1 job is ahead of this one" in admin.get(second).text
    work()
    assert "Ready to import" in admin.get(second).text


def test_an_import_can_be_canceled(admin, work, database, dataset):
    page = upload(admin, csv(("1", "a cat", A, B)))
    work()
    admin.post(f"{page}/run")
    assert f'action="{page}/cancel"' in admin.get(page).text
    assert admin.post(f"{page}/cancel").headers["location"] == page
    work()
    assert external_ids(database, dataset) == []
    assert "The import was canceled" in admin.get(page).text
    assert admin.post(f"{page}/cancel").status_code == 409
    admin.post(f"{page}/run")
    work()
    assert external_ids(database, dataset) == ["1"]


def test_a_lost_upload_is_said(admin, at_once, settings, database):
    page = upload(admin, csv(("1", "a cat", A, B)))
    uploads.discard_upload(settings, get_import(database).import_.id)
    assert "is no longer on this server" in admin.get(page).text
    admin.post(f"{page}/run")
    assert get_import(database).job.status == JobStatus.FAILED
    assert "is no longer on this server" in admin.get(page).text


def test_an_imported_file_is_looked_at_no_more(admin, at_once, monkeypatch):
    # Between the last word on an import and the end of its file, there may be half a file.
    def begin_to_discard(settings, import_id):
        path, _ = uploads.find_upload(settings, import_id)
        path.write_bytes(b"")

    page = upload(admin, csv(("1", "a cat", A, B)))
    monkeypatch.setattr(jobs, "discard_upload", begin_to_discard)
    admin.post(f"{page}/run")
    assert "Imported" in admin.get(page).text


def test_what_nobody_expected_is_written_down(admin, at_once, database, monkeypatch):
    page = upload(admin, csv(("1", "a cat", A, B)))
    monkeypatch.setattr(jobs, "import_file", lambda *_args, **_options: 1 / 0)
    admin.post(f"{page}/run")
    assert get_import(database).job.status == JobStatus.FAILED
    assert "Something went wrong on the server" in admin.get(page).text


def test_old_uploads_are_thrown_away(admin, at_once, settings):
    old = settings.uploads_dir / "old"
    old.mkdir(parents=True)
    new = settings.uploads_dir / "new"
    new.mkdir()
    os.utime(old, (0, 0))
    upload(admin, csv(("1", "a cat", A, B)))
    assert not old.exists()
    assert new.exists()
