"""What is asked for most names its dataset, so that one node has the answer; see docs/scaling.md."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from diptych.core import clock
from diptych.exports.contents import ExportContent
from diptych.exports.formats import ExportFormat, list_formats
from diptych.models import Assignment, DatasetMedia, Media, Record, Role
from tests import factories
from tests.models.spread import astray, placements
from tests.web.statements import recorded

KEY = "a" * 64
LATERAL = "JOIN LATERAL (SELECT FROM responses WHERE dataset_id = r.dataset_id OFFSET 0) a"


@pytest.fixture
def records(database):
    """Records with a suggestion, answered and not, and another dataset with the same ids."""
    with database.transaction() as session:
        for name in ("noise", "cats"):
            dataset = factories.dataset(session, name)
            mine = [factories.record(session, dataset, str(number)) for number in range(8)]
            factories.suggestion(session, mine[0], "preference", "image_1")
        session.add(Media(key=KEY, content_type="image/png", width=1, height=1, size=1))
        session.flush()
        session.add(DatasetMedia(dataset_id=dataset.id, media_key=KEY))
        return mine


@pytest.fixture
def ada(log_in, records):
    return log_in("ada")


@pytest.fixture
def strays(database):
    """Say which statements of a request look for a distributed table's rows on every node."""

    def strays(ask, *, reads):
        with recorded() as statements:
            reply = ask()
            assert reply.status_code < 400, reply.text
        touched = {name for name in placements() for statement, _ in statements if name in statement}
        assert reads <= touched
        with database.engine.begin() as connection:
            return [
                (tables, statement)
                for statement, values in statements
                if (tables := astray(connection, statement, values))
            ]

    return strays


def claim(client):
    return client.post("/datasets/cats/cards", json={"limit": 4})


def submit(client, record):
    answer = {"values": {"preference": {"value": "image_1"}}, "status": "submitted", "revision": 1}
    item = {
        "dataset_id": str(record.dataset_id),
        "record_id": str(record.id),
        "shown_order": [2, 1],
        **answer,
    }
    return client.post("/api/v1/me/responses/bulk", json={"items": [item]})


def test_a_claim_of_cards_names_its_dataset(ada, strays):
    reads = {"records", "assignments", "responses", "annotator_progress", "dataset_counts", "suggestions"}
    assert strays(lambda: claim(ada), reads=reads) == []
    assert strays(lambda: claim(ada), reads={"records", "assignments"}) == []


def test_a_report_of_images_that_fail_names_its_dataset(ada, records, strays, log_in):
    items = [{"record_id": str(record.id), "images": [1]} for record in records]
    report = lambda: ada.post("/datasets/cats/image-failures", json={"items": items})  # noqa: E731
    assert strays(report, reads={"records", "image_failures"}) == []
    olga = log_in("olga", role=Role.OWNER)
    page = "/datasets/cats"
    assert strays(lambda: olga.get(page), reads={"image_failures", "annotator_progress"}) == []
    assert strays(lambda: olga.post(f"{page}/image-failures/dismissals"), reads={"image_failures"}) == []


def test_a_claim_that_finds_nothing_names_its_dataset(ada, strays, database):
    with database.transaction() as session:
        session.execute(update(Record).values(submitted_count=Record.min_submitted))
    assert strays(lambda: claim(ada), reads={"records", "assignments", "responses"}) == []


def test_sweeping_up_ended_leases_names_their_dataset(ada, strays, log_in, database):
    claim(ada)
    with database.transaction() as session:
        session.execute(update(Assignment).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert strays(lambda: claim(log_in("ben")), reads={"records", "assignments"}) == []


def test_an_answer_names_its_dataset(ada, records, strays):
    claim(ada)
    reads = {"records", "assignments", "responses", "response_events", "annotator_progress", "dataset_counts"}
    assert strays(lambda: submit(ada, records[0]), reads=reads) == []
    assert strays(lambda: submit(ada, records[0]), reads={"records", "responses"}) == []


@pytest.mark.parametrize("query", ["", "?queue=submitted", "?outcome=done"])
def test_the_annotation_page_names_its_dataset(ada, records, strays, query):
    submit(ada, records[0])
    if not query:
        claim(ada)
    page = f"/datasets/cats/annotate{query}"
    assert strays(lambda: ada.get(page), reads={"responses", "dataset_counts"}) == []


def test_a_picture_is_looked_for_by_its_key(log_in, records, strays, settings):
    file = settings.media_dir / KEY[:2] / f"{KEY}.png"
    file.parent.mkdir(parents=True)
    file.touch()
    ada = log_in("ada")
    assert strays(lambda: ada.get(f"/media/{KEY}.png"), reads={"media", "dataset_media"}) == []


@pytest.mark.parametrize("status", ["", "&status=completed"])
@pytest.mark.parametrize("format_", list(ExportFormat))
def test_an_export_names_its_dataset(log_in, records, strays, format_, status):
    olga = log_in("olga", role=Role.OWNER)
    submit(olga, records[0])
    page = f"/api/v1/datasets/cats/export?format={format_}&with_vectors=true{status}"
    assert strays(lambda: olga.get(page), reads={"records", "responses", "suggestions", "vectors"}) == []


@pytest.mark.parametrize("status", ["", "&status=completed"])
@pytest.mark.parametrize("format_", list_formats(ExportContent.RESPONSES))
def test_an_export_of_responses_names_its_dataset(log_in, records, strays, format_, status):
    olga = log_in("olga", role=Role.OWNER)
    submit(olga, records[0])
    page = f"/api/v1/datasets/cats/export?content=responses&format={format_}{status}"
    assert strays(lambda: olga.get(page), reads={"records", "responses"}) == []


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT FROM records WHERE id = %(id)s", ["records"]),
        ("SELECT FROM records r JOIN datasets d ON d.id = r.dataset_id WHERE d.name = 'cats'", ["records"]),
        ("SELECT FROM records r JOIN datasets d ON d.id = r.dataset_id WHERE d.id = %(id)s", []),
        (
            "SELECT FROM records r, responses a WHERE r.dataset_id = %(id)s AND a.record_id = r.id",
            ["responses"],
        ),
        (f"SELECT FROM records r {LATERAL} ON true WHERE r.dataset_id = %(id)s", []),
        ("UPDATE records SET lease_count = 0 WHERE position = 1", ["records"]),
        ("SELECT FROM records WHERE dataset_id = ANY(ARRAY[%(id)s]::uuid[])", []),
        ("SELECT FROM dataset_media WHERE dataset_id = %(id)s", ["dataset_media"]),
    ],
)
def test_a_statement_that_does_not_say_where_its_rows_are_is_seen(database, records, statement, tables):
    with database.engine.begin() as connection:
        assert astray(connection, statement, {"id": records[0].dataset_id}) == tables
