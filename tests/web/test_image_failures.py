"""Images that do not load: the annotation page reports them, and admins see it on the dataset's page."""

import re
import uuid

import pytest
from sqlalchemy import select, text

from diptych.models import ImageFailure, Role, Workspace
from diptych.records import image_failures
from tests import factories
from tests.web.statements import counted

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def cats(database):
    """A dataset, and another one with a failure that must never show."""
    with database.transaction() as session:
        noise = factories.dataset(session, "dogs")
        other = factories.record(session, noise, "noise")
        image_failures.report_failures(session, noise, factories.user(session), {other.id: [1]})
        return factories.dataset(session, "cats")


@pytest.fixture
def records(database, cats):
    with database.transaction() as session:
        return [factories.record(session, cats, f"cat-{number}").id for number in range(7)]


@pytest.fixture
def ada(log_in):
    return log_in("ada")


@pytest.fixture
def admin(log_in):
    return log_in("adam", role=Role.ADMIN)


def report(client, *items, name="cats"):
    found = [{"record_id": str(id_), "images": images} for id_, images in items]
    return client.post(f"/datasets/{name}/image-failures", json={"items": found})


def stored(database, dataset):
    with database.transaction() as session:
        rows = session.scalars(select(ImageFailure).where(ImageFailure.dataset_id == dataset.id))
        return {row.record_id: row for row in rows}


def notice(client, name="cats"):
    page = client.get(f"/datasets/{name}").text
    found = re.search(r'<section[^>]*aria-labelledby="image-failures".*?</section>', page, re.DOTALL)
    return found and " ".join(re.sub("<[^>]*>", " ", found[0]).split())


def make_older(database, dataset, days):
    with database.transaction() as session:
        values = {"id": dataset.id, "days": days}
        session.execute(
            text(
                "UPDATE image_failures SET last_at = last_at - make_interval(days => :days)"
                " WHERE dataset_id = :id"
            ),
            values,
        )


def test_a_failure_is_kept_once_for_each_record_and_person(ada, log_in, cats, records, database):
    assert report(ada, (records[0], [2]), (records[1], [1, 2])).status_code == 204
    assert report(ada, (records[0], [1]), (records[0], [2])).status_code == 204
    rows = stored(database, cats)
    assert {id_: (row.images, row.count) for id_, row in rows.items()} == {
        records[0]: ([1, 2], 2),
        records[1]: ([1, 2], 1),
    }
    assert rows[records[0]].first_at < rows[records[0]].last_at
    assert rows[records[1]].first_at == rows[records[1]].last_at


def test_records_that_the_dataset_does_not_have_are_left_out(ada, cats, records, database):
    with database.transaction() as session:
        far = factories.record(session, factories.dataset(session, "far"))
    assert report(ada, (far.id, [1]), (uuid.uuid4(), [1]), (records[0], [1])).status_code == 204
    assert list(stored(database, cats)) == [records[0]]


def test_nobody_reports_to_a_dataset_that_is_not_theirs(log_in, anonymous, cats, records, database):
    with database.transaction() as session:
        session.add(Workspace(name="elsewhere"))
    sam = log_in("sam", workspace="elsewhere")
    assert report(sam, (records[0], [1])).status_code == 404
    assert report(anonymous, (records[0], [1])).headers["Location"] == "/login"
    assert stored(database, cats) == {}


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"record_id": str(uuid.UUID(int=number)), "images": [1]} for number in range(21)],
        [{"record_id": "x", "images": [1]}],
        [{"record_id": str(uuid.UUID(int=1)), "images": []}],
        [{"record_id": str(uuid.UUID(int=1)), "images": [0]}],
        [{"record_id": str(uuid.UUID(int=1)), "images": [13]}],
        [{"record_id": str(uuid.UUID(int=1)), "images": [2**40]}],
        [{"record_id": str(uuid.UUID(int=1))}],
    ],
)
def test_a_report_that_does_not_fit_is_refused(ada, cats, items):
    assert ada.post("/datasets/cats/image-failures", json={"items": items}).status_code == 422


def test_old_failures_go_when_new_ones_come(ada, cats, records, database):
    report(ada, (records[0], [1]))
    make_older(database, cats, 8)
    report(ada, (records[1], [1]))
    assert list(stored(database, cats)) == [records[1]]


def test_a_dataset_keeps_the_newest_failures(ada, cats, records, database, monkeypatch):
    monkeypatch.setattr(image_failures, "MAX_KEPT", 3)
    for id_ in records:
        report(ada, (id_, [1]))
    assert set(stored(database, cats)) == set(records[-3:])


def test_without_failures_there_is_no_notice(admin, cats, records):
    assert notice(admin) is None


def test_admins_see_how_many_records_fail_and_the_newest(admin, ada, log_in, cats, records, database):
    for id_ in records[:6]:
        report(ada, (id_, [2]))
    report(log_in("ben"), (records[0], [1]))
    shown = notice(admin)
    assert "images of 6 records did not load for 2 people" in shown
    found = re.findall(r"cat-\d images? [\d and]+ · \d p\w+", shown)
    assert found == [
        "cat-0 images 1 and 2 · 2 people",
        *(f"cat-{number} image 2 · 1 person" for number in (5, 4, 3, 2)),
    ]
    assert "and 1 more" in shown
    (way,) = re.findall(r'href="([^"]*record=[^"]*)"><bdi>cat-0<', admin.get("/datasets/cats").text)
    assert "cat, number" in admin.get(way).text


def test_what_a_record_is_called_is_text(admin, ada, cats, database):
    with database.transaction() as session:
        record = factories.record(session, cats, EVIL)
    report(ada, (record.id, [1]))
    assert "&lt;script&gt;alert(1)" in notice(admin)
    assert EVIL not in admin.get("/datasets/cats").text


def test_annotators_see_no_notice(ada, cats, records):
    report(ada, (records[0], [1]))
    assert notice(ada) is None


def test_the_notice_goes_after_a_day(admin, ada, cats, records, database):
    report(ada, (records[0], [1]))
    make_older(database, cats, 1)
    assert notice(admin) is None


def test_an_admin_dismisses_the_notice_until_images_fail_again(admin, ada, cats, records, database):
    report(ada, (records[0], [1]))
    answer = admin.post("/datasets/cats/image-failures/dismissals")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/datasets/cats")
    assert notice(admin) is None
    assert notice(admin, "dogs") is not None
    report(ada, (records[1], [1]))
    assert "images of 1 record did not load for 1 person" in notice(admin)


def test_annotators_and_admins_of_other_workspaces_dismiss_nothing(log_in, ada, cats, records, database):
    with database.transaction() as session:
        session.add(Workspace(name="elsewhere"))
    mia = log_in("mia", role=Role.ADMIN, workspace="elsewhere")
    report(ada, (records[0], [1]))
    assert ada.post("/datasets/cats/image-failures/dismissals").status_code == 403
    assert mia.post("/datasets/cats/image-failures/dismissals").status_code == 404
    assert list(stored(database, cats)) == [records[0]]


def test_a_record_that_is_deleted_takes_its_failures_along(ada, admin, cats, records, database):
    report(ada, (records[0], [1]))
    with database.transaction() as session:
        session.execute(text("DELETE FROM records WHERE id = :id"), {"id": records[0]})
    assert notice(admin) is None


def test_more_failures_take_no_more_statements(app, admin, ada, cats, records):
    def statements():
        with counted(app) as found:
            admin.get("/datasets/cats")
        return len(found)

    report(ada, (records[0], [1]))
    # The settings of the dataset are kept from the first time on.
    statements()
    one = statements()
    report(ada, *((id_, [1, 2]) for id_ in records))
    assert statements() == one
