"""Importing from a page: upload, look, confirm, watch."""

import io
import os
import re
import uuid
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select, update

from diptych.core import clock
from diptych.imports import jobs, uploads
from diptych.models import Import, ImportStatus, Media, Record, Role
from tests import factories
from tests.polling import wait_until

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
def at_once(monkeypatch):
    """Do the work before the answer is sent, in this process."""
    monkeypatch.setattr(jobs, "_spawn", jobs.run)


@pytest.fixture
def at_no_time(monkeypatch):
    """Begin the work, and never do it."""
    monkeypatch.setattr(jobs, "_spawn", lambda *_work: None)


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
        return session.scalars(select(Import)).one()


def test_a_file_is_uploaded_looked_at_and_confirmed(admin, at_once, database, dataset, settings):
    assert 'enctype="multipart/form-data"' in admin.get(PAGE).text
    page = upload(admin, csv(("1", "a <b>cat</b>", A, B), ("2", "a dog", A, B)))
    shown = admin.get(page)
    assert "Refresh" not in shown.headers
    assert "2 new records" in shown.text
    assert "a &lt;b&gt;cat&lt;/b&gt;" in shown.text
    assert external_ids(database, dataset) == []
    assert admin.post(f"{page}/run").headers["location"] == page
    assert external_ids(database, dataset) == ["1", "2"]
    assert "Imported" in admin.get(page).text
    assert not list(settings.uploads_dir.iterdir())
    assert "pairs.csv" in admin.get(PAGE).text


def test_the_work_is_done_by_another_process(admin, database, dataset):
    page = upload(admin, csv(("1", "a cat", A, B)))
    wait_for(admin, page)
    admin.post(f"{page}/run")
    assert "Imported" in wait_for(admin, page)
    assert external_ids(database, dataset) == ["1"]


def wait_for(client, page, seconds=30):
    def shown_at_last():
        shown = client.get(page)
        if "Refresh" not in shown.headers:
            return shown.text
        assert "<progress" in shown.text
        return None

    return wait_until(shown_at_last, "the end of the import", seconds=seconds)


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
    monkeypatch.setattr(jobs, "PROBLEMS", 3)
    page = upload(admin, csv(*((str(number), "", A, B) for number in range(5))))
    assert "The first 3 of 5" in admin.get(page).text
    assert len(get_import(database).report["problems"]) == 3


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


def test_work_begins_once(admin, at_no_time, at_once_later, database):
    page = upload(admin, csv(("1", "a cat", A, B)))
    assert admin.get(page).headers["Refresh"] == "1"
    assert admin.post(f"{page}/run").status_code == 409
    at_once_later()
    assert admin.post(f"{page}/run").status_code == 409


@pytest.fixture
def at_once_later(monkeypatch, database, settings):
    """Finish the work that was begun and not done."""

    def finish():
        jobs.run(database, settings, get_import(database).id, jobs.Task.IMPORT)

    return finish


def test_what_was_interrupted_can_be_started_again(admin, at_no_time, database, dataset, monkeypatch):
    page = upload(admin, csv(("1", "a cat", A, B)))
    with database.transaction() as session:
        session.execute(update(Import).values(updated_at=clock.now() - timedelta(seconds=31)))
    shown = admin.get(page)
    assert "The import was interrupted" in shown.text
    assert '<input type="hidden" name="prompt" value="prompt">' in shown.text
    assert "Refresh" not in shown.headers
    assert "interrupted" in admin.get(PAGE).text
    monkeypatch.setattr(jobs, "_spawn", jobs.run)
    admin.post(
        f"{page}/check", data={"prompt": "prompt", "image_1": "image_1", "image_2": "image_2", "id": "id"}
    )
    assert "Ready to import" in admin.get(page).text
    admin.post(f"{page}/run")
    assert external_ids(database, dataset) == ["1"]


def test_a_lost_upload_is_said(admin, at_once, settings, database):
    page = upload(admin, csv(("1", "a cat", A, B)))
    uploads.discard_upload(settings, get_import(database).id)
    assert "is no longer on this server" in admin.get(page).text
    admin.post(f"{page}/run")
    assert get_import(database).status == ImportStatus.FAILED
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
    assert get_import(database).status == ImportStatus.FAILED
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


def test_signs_of_life_are_written_while_the_work_goes_on(admin, at_no_time, database, settings, monkeypatch):
    upload(admin, csv(("1", "a cat", A, B)))
    job = get_import(database)
    seen = []

    def slow(*_arguments, on_problem, on_progress, **_options):
        on_progress(jobs.Progress(1, 4))
        on_problem(jobs.Problem(2, "prompt", "is empty"))
        wait_until(lambda: get_import(database).report.get("progress"), "the progress to be written")
        seen.append(get_import(database).report)
        return jobs.Report(rows=1)

    monkeypatch.setattr(jobs, "_SIGN_OF_LIFE", 0.01)
    monkeypatch.setattr(jobs, "import_file", slow)
    jobs.run(database, settings, job.id, jobs.Task.CHECK)
    assert seen[0]["progress"] == {"done": 1, "total": 4, "is_writing": False}
    assert seen[0]["bad"] == 1
    assert get_import(database).updated_at > job.updated_at
