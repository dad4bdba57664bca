import json
from contextlib import closing

import pytest
from sqlalchemy import text

from diptych.core.errors import InvalidError, NotFoundError, UnavailableError
from diptych.exports import copy_out, records, service
from diptych.exports.contents import ExportContent
from diptych.exports.formats import ExportFormat, filename, list_formats
from diptych.exports.service import export
from diptych.models import Dataset, RecordStatus
from tests.exports.conftest import STATM, add_records, resident
from tests.polling import wait_until
from tests.web.statements import recorded

EXPORTS = [(content, kind) for content in ExportContent for kind in list_formats(content)]
# What is compressed is looked at in test_parquet.
TEXT_EXPORTS = [(content, kind) for content, kind in EXPORTS if kind != ExportFormat.PARQUET]


def open_transactions(campaign):
    with campaign.database.engine.connect() as connection:
        return connection.scalar(
            text("""
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'
            """)
        )


@pytest.mark.parametrize(("content", "kind"), TEXT_EXPORTS)
def test_an_export_sees_one_moment(campaign, content, kind):
    record, user = campaign.record("1"), campaign.user()
    add_records(campaign, 300)
    pieces = export(campaign.database, campaign.dataset, content=content, format=kind)
    content = next(pieces)
    campaign.record("later", metadata={"later": 1})
    campaign.answer(record, user, "both_bad")
    content += b"".join(pieces)
    assert b"later" not in content
    assert b"both_bad" not in content
    assert content.count(b"image_1") >= 300


@pytest.mark.parametrize(("content", "kind"), EXPORTS)
def test_closing_the_stream_ends_its_transaction(campaign, content, kind):
    add_records(campaign, 2_000)
    pieces = export(campaign.database, campaign.dataset, content=content, format=kind)
    next(pieces)
    next(pieces)
    assert open_transactions(campaign) == 1
    pieces.close()
    assert open_transactions(campaign) == 0


def test_a_finished_stream_leaves_no_transaction(campaign):
    campaign.record("1")
    campaign.export()
    assert open_transactions(campaign) == 0


def test_nothing_is_read_before_the_first_piece_is_asked_for(campaign):
    pieces = export(campaign.database, campaign.dataset, format=ExportFormat.JSON)
    assert open_transactions(campaign) == 0
    campaign.record("1")
    assert [row["id"] for row in json.loads(b"".join(pieces))] == ["1"]


def test_more_streams_can_be_closed_than_there_are_connections(campaign):
    add_records(campaign, 1_000)
    for _ in range(10):
        pieces = export(campaign.database, campaign.dataset, format=ExportFormat.JSON)
        next(pieces)
        next(pieces)
        pieces.close()


@pytest.mark.skipif(not STATM.exists(), reason="only Linux tells a process its memory this way")
def test_memory_does_not_grow_with_the_dataset(campaign):
    add_records(campaign, 20_000, "a cat " * 400)
    for kind in ExportFormat:
        if kind == ExportFormat.PARQUET:
            continue
        # What is loaded once, however long the export.
        next(export(campaign.database, campaign.dataset, format=kind))
        before = resident()
        total = highest = 0
        for piece in export(campaign.database, campaign.dataset, format=kind):
            total += len(piece)
            highest = max(highest, resident())
            assert len(piece) < 200_000
        assert total > 30_000_000
        assert highest - before < 10_000_000


def test_long_records_are_fetched_one_by_one(campaign):
    add_records(campaign, 40, "x" * 300_000)
    pieces = list(export(campaign.database, campaign.dataset, format=ExportFormat.JSONL))
    assert [piece.count(b"\n") for piece in pieces[1:]] == [1] * 40
    assert sum(piece.count(b"\n") for piece in pieces) == 40


@pytest.mark.parametrize(("content", "kind"), EXPORTS)
def test_progress_counts_rows(campaign, content, kind):
    add_records(campaign, 700)
    seen = []
    options = {"content": content, "format": kind}
    for _ in export(campaign.database, campaign.dataset, on_progress=seen.append, **options):
        pass
    assert sum(seen) == 700
    assert len(seen) > 3


def test_a_reader_may_pause_longer_than_other_transactions(campaign):
    with recorded() as statements:
        campaign.export()
    (pause,) = [values for statement, values in statements if "idle_in_transaction" in statement]
    assert pause["pause"] == "300s"


def test_a_reader_that_pauses_for_good_is_given_up(campaign, monkeypatch):
    monkeypatch.setattr(service, "READER_TIMEOUT", 0.1)
    campaign.record("1")
    pieces = export(campaign.database, campaign.dataset, format=ExportFormat.JSON)
    next(pieces)
    wait_until(lambda: open_transactions(campaign) == 0, "the transaction to end")
    with pytest.raises(Exception, match="idle-in-transaction timeout"):
        list(pieces)


def test_a_reader_that_pauses_among_the_rows_is_given_up(campaign, monkeypatch):
    monkeypatch.setattr(copy_out, "READER_TIMEOUT", 1)
    add_records(campaign, 5_000)
    pieces = export(campaign.database, campaign.dataset, format=ExportFormat.JSON)
    next(pieces)
    next(pieces)
    assert snapshots(campaign) == 1
    wait_until(lambda: snapshots(campaign) == 0, "the snapshot to end")
    with pytest.raises(UnavailableError, match="stopped reading"):
        list(pieces)


def snapshots(campaign):
    """Return how many other connections keep the database from cleaning up."""
    with campaign.database.engine.connect() as connection:
        return connection.scalar(
            text("""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL
            """)
        )


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [("json", b"["), ("jsonl", b"{"), ("argilla-json", b"["), ("csv", b"id"), ("parquet", b"PAR1")],
)
def test_a_file_begins_before_its_records_are_looked_at(campaign, monkeypatch, kind, beginning):
    campaign.record("1")
    monkeypatch.setattr(records, "list_metadata_keys", None)
    with closing(export(campaign.database, campaign.dataset, format=ExportFormat(kind))) as pieces:
        assert next(pieces) == beginning


@pytest.mark.parametrize("content", ExportContent)
def test_there_are_no_lines_without_rows(campaign, content):
    assert campaign.export("jsonl", content=content) == b""


@pytest.mark.parametrize(
    ("content", "kind", "options", "message"),
    [
        ("responses", "argilla-json", {}, "For responses, use json, jsonl, csv or parquet."),
        ("responses", "json", {"with_vectors": True}, "Leave vectors out, or export records."),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(campaign, content, kind, options, message):
    with pytest.raises(InvalidError, match=message):
        campaign.export(kind, content=ExportContent(content), **options)


def test_a_dataset_that_is_gone_is_an_error_before_the_first_byte(campaign):
    unknown = Dataset(id=campaign.user().id, name="gone")
    pieces = export(campaign.database, unknown, format=ExportFormat.JSON)
    with pytest.raises(NotFoundError, match="'gone'"):
        next(pieces)


def test_records_of_a_status_are_streamed_in_order(campaign):
    add_records(campaign, 500)
    rows = campaign.rows(status=RecordStatus.PENDING)
    assert [row["id"] for row in rows] == [str(number) for number in range(1, 501)]
    assert campaign.rows(status=RecordStatus.COMPLETED) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cats", "cats"),
        ("My cats, 2026", "My-cats-2026"),
        ('a"b\r\nSet-Cookie: x', "a-b-Set-Cookie-x"),
        ("../../etc/passwd", "etc-passwd"),
        ("猫", "dataset"),
        ("\u202egnp.exe", "gnp.exe"),
        (".hidden", "hidden"),
    ],
)
def test_the_name_of_the_file_is_safe_in_a_header(name, expected):
    assert filename(Dataset(name=name), ExportContent.RECORDS, ExportFormat.CSV) == f"{expected}.csv"


def test_every_content_in_every_format_has_a_file_name_of_its_own():
    names = [
        filename(Dataset(name="cats"), content, kind)
        for content in ExportContent
        for kind in list_formats(content)
    ]
    assert names == [
        *("cats.json", "cats.jsonl", "cats.argilla.json", "cats.csv", "cats.parquet"),
        *("cats.responses.json", "cats.responses.jsonl", "cats.responses.csv", "cats.responses.parquet"),
    ]
    assert all("/" in kind.media_type for kind in ExportFormat)
