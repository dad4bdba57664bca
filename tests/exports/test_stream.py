import json
import time
from contextlib import closing

import pytest
from sqlalchemy import text

from diptych.core.errors import NotFoundError, UnavailableError
from diptych.exports import copy_out, flat, service
from diptych.exports.formats import FORMATS, ExportFormat, filename
from diptych.exports.service import export
from diptych.models import Dataset, RecordStatus
from tests.exports.conftest import STATM, add_records, resident

# What is compressed is looked at in test_parquet.
TEXT_FORMATS = [kind for kind in ExportFormat if kind != ExportFormat.PARQUET]


def open_transactions(desk):
    with desk.database.engine.connect() as connection:
        return connection.scalar(
            text("""
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'
            """)
        )


@pytest.mark.parametrize("kind", TEXT_FORMATS)
def test_an_export_sees_one_moment(desk, kind):
    record, user = desk.record("1"), desk.user()
    add_records(desk, 300)
    pieces = export(desk.database, desk.dataset, format=kind)
    content = next(pieces)
    desk.record("later", metadata={"later": 1})
    desk.answer(record, user, "both_bad")
    content += b"".join(pieces)
    assert b"later" not in content
    assert b"both_bad" not in content
    assert content.count(b"image_1") >= 300


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_closing_the_stream_ends_its_transaction(desk, kind):
    add_records(desk, 2_000)
    pieces = export(desk.database, desk.dataset, format=kind)
    next(pieces)
    next(pieces)
    assert open_transactions(desk) == 1
    pieces.close()
    assert open_transactions(desk) == 0


def test_a_finished_stream_leaves_no_transaction(desk):
    desk.record("1")
    desk.export()
    assert open_transactions(desk) == 0


def test_nothing_is_read_before_the_first_piece_is_asked_for(desk):
    pieces = export(desk.database, desk.dataset, format=ExportFormat.JSON)
    assert open_transactions(desk) == 0
    desk.record("1")
    assert [row["id"] for row in json.loads(b"".join(pieces))] == ["1"]


def test_more_streams_can_be_closed_than_there_are_connections(desk):
    add_records(desk, 1_000)
    for _ in range(10):
        pieces = export(desk.database, desk.dataset, format=ExportFormat.JSON)
        next(pieces)
        next(pieces)
        pieces.close()


@pytest.mark.skipif(not STATM.exists(), reason="only Linux tells a process its memory this way")
def test_memory_does_not_grow_with_the_dataset(desk):
    add_records(desk, 20_000, "a cat " * 400)
    for kind in TEXT_FORMATS:
        # What is loaded once, however long the export.
        next(export(desk.database, desk.dataset, format=kind))
        before = resident()
        total = highest = 0
        for piece in export(desk.database, desk.dataset, format=kind):
            total += len(piece)
            highest = max(highest, resident())
            assert len(piece) < 200_000
        assert total > 30_000_000
        assert highest - before < 10_000_000


def test_long_records_are_fetched_one_by_one(desk):
    add_records(desk, 40, "x" * 300_000)
    pieces = list(export(desk.database, desk.dataset, format=ExportFormat.JSONL))
    assert [piece.count(b"\n") for piece in pieces[1:]] == [1] * 40
    assert sum(piece.count(b"\n") for piece in pieces) == 40


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_progress_counts_records(desk, kind):
    add_records(desk, 700)
    seen = []
    for _ in export(desk.database, desk.dataset, format=kind, on_progress=seen.append):
        pass
    assert sum(seen) == 700
    assert len(seen) > 3


def test_a_reader_may_pause_longer_than_other_transactions(desk):
    with desk.database.snapshot() as session:
        pause = text("SHOW idle_in_transaction_session_timeout")
        assert session.scalar(pause) == "10s"
        service._select(session, desk.dataset, status=None, with_vectors=False)
        assert session.scalar(pause) == "5min"


def test_a_reader_that_pauses_for_good_is_given_up(desk, monkeypatch):
    monkeypatch.setattr(service, "_SETTINGS", (("idle_in_transaction_session_timeout", "100ms"),))
    desk.record("1")
    pieces = export(desk.database, desk.dataset, format=ExportFormat.JSON)
    next(pieces)
    deadline = time.monotonic() + 5
    while open_transactions(desk) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert open_transactions(desk) == 0
    with pytest.raises(Exception, match="idle-in-transaction timeout"):
        list(pieces)


def test_a_reader_that_pauses_among_the_rows_is_given_up(desk, monkeypatch):
    monkeypatch.setattr(copy_out, "LONGEST_PAUSE", 0.1)
    add_records(desk, 5_000)
    pieces = export(desk.database, desk.dataset, format=ExportFormat.JSON)
    next(pieces)
    next(pieces)
    assert snapshots(desk) == 1
    deadline = time.monotonic() + 5
    while snapshots(desk) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert snapshots(desk) == 0
    with pytest.raises(UnavailableError, match="for too long"):
        list(pieces)


def snapshots(desk):
    """Return how many other connections keep the database from cleaning up."""
    with desk.database.engine.connect() as connection:
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
def test_a_file_begins_before_its_records_are_looked_at(desk, monkeypatch, kind, beginning):
    desk.record("1")
    monkeypatch.setattr(flat, "list_metadata_keys", None)
    with closing(export(desk.database, desk.dataset, format=ExportFormat(kind))) as pieces:
        assert next(pieces) == beginning


def test_there_are_no_lines_without_records(desk):
    assert desk.export("jsonl") == b""


def test_a_dataset_that_is_gone_is_an_error_before_the_first_byte(desk):
    unknown = Dataset(id=desk.user().id, name="gone")
    pieces = export(desk.database, unknown, format=ExportFormat.JSON)
    with pytest.raises(NotFoundError, match="'gone'"):
        next(pieces)


def test_records_of_a_status_are_streamed_in_order(desk):
    add_records(desk, 500)
    rows = desk.rows(status=RecordStatus.PENDING)
    assert [row["id"] for row in rows] == [str(number) for number in range(1, 501)]
    assert desk.rows(status=RecordStatus.COMPLETED) == []


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
    assert filename(Dataset(name=name), ExportFormat.CSV) == f"{expected}.csv"


def test_every_format_has_a_media_type_and_an_extension_of_its_own():
    assert set(FORMATS) == set(ExportFormat)
    names = [filename(Dataset(name="cats"), kind) for kind in ExportFormat]
    assert names == ["cats.json", "cats.jsonl", "cats.argilla.json", "cats.csv", "cats.parquet"]
    assert all("/" in FORMATS[kind].media_type for kind in ExportFormat)
