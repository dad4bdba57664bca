"""One row for each response."""

import csv
import io
import json
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, text

from diptych.exports.contents import ExportContent
from diptych.models import Question, RecordStatus, Response
from tests.questions.samples import SAMPLES

OWN = [
    *("external_id", "record_id", "username", "user_id", "status", "inserted_at", "updated_at"),
    *("duration_ms", "shown_order", "is_late", "is_counted", "skip_reason", "revision"),
]
MOMENT = datetime(2026, 11, 21, 0, 6, tzinfo=UTC)
FORMATS = ["json", "jsonl", "csv", "parquet"]


@pytest.fixture
def read(campaign):
    """Return the rows of a format as a reader of it sees them."""

    def run(kind, **options):
        content = campaign.export(kind, content=ExportContent.RESPONSES, **options)
        if kind == "parquet":
            return pq.read_table(io.BytesIO(content)).to_pylist()
        if kind == "csv":
            return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
        return json.loads(content) if kind == "json" else [json.loads(line) for line in content.splitlines()]

    return run


def ask(campaign, **questions):
    """Ask these questions instead of the usual one."""
    with campaign.database.transaction() as session:
        session.execute(delete(Question).where(Question.dataset_id == campaign.dataset.id))
        for name, settings in questions.items():
            values = {"name": name, "title": name, "required": False, "settings": settings}
            session.add(Question(dataset_id=campaign.dataset.id, **values))
            session.flush()


@pytest.fixture
def answered(campaign):
    """A record with an answer of which everything is known, and one with the least that can be."""
    full, bare = campaign.record("é 1", submitted_count=1), campaign.record("2")
    ada, ben = campaign.user(), campaign.user()
    campaign.answer(
        full,
        ada,
        "image_1",
        inserted_at=MOMENT,
        updated_at=MOMENT.replace(microsecond=120_000),
        duration_ms=2_147_483_647,
        shown_order=[2, 1],
        is_late=True,
        is_counted=False,
        revision=3,
    )
    campaign.answer(bare, ben, status="discarded", skip_reason='broken, "gone"', inserted_at=MOMENT)
    return (full, ada), (bare, ben)


def test_everything_that_is_known_of_a_response_is_in_its_row(read, answered):
    (full, ada), (bare, ben) = answered
    first, second = read("json")
    assert list(first) == [*OWN, "preference"]
    assert first == {
        "external_id": "é 1",
        "record_id": str(full.id),
        "username": ada.username,
        "user_id": str(ada.id),
        "status": "submitted",
        "inserted_at": "2026-11-21T00:06:00.000000Z",
        "updated_at": "2026-11-21T00:06:00.120000Z",
        "duration_ms": 2_147_483_647,
        "shown_order": [2, 1],
        "is_late": True,
        "is_counted": False,
        "skip_reason": None,
        "revision": 3,
        "preference": "image_1",
    }
    assert (second["external_id"], second["record_id"], second["username"]) == (
        *("2", str(bare.id), ben.username),
    )
    assert (second["status"], second["skip_reason"]) == ("discarded", 'broken, "gone"')
    assert second["duration_ms"] is second["shown_order"] is second["preference"] is None
    assert (second["is_late"], second["is_counted"], second["revision"]) == (False, True, 1)


def test_json_lines_have_the_same_rows(read, answered):
    assert read("jsonl") == read("json")


def test_csv_has_the_same_rows_as_text(read, answered):
    first, second = read("csv")
    assert list(first) == [*OWN, "preference"]
    assert first["external_id"] == "é 1"
    assert first["inserted_at"] == "2026-11-21T00:06:00.000000Z"
    assert (first["shown_order"], first["is_late"], first["is_counted"]) == ("2,1", "true", "false")
    assert (first["duration_ms"], first["revision"], first["preference"]) == ("2147483647", "3", "image_1")
    assert (second["shown_order"], second["preference"], second["skip_reason"]) == ("", "", 'broken, "gone"')


def test_parquet_has_the_same_rows_with_types(campaign, read, answered):
    moments = ("inserted_at", "updated_at")
    expected = [
        {**row, **{name: datetime.fromisoformat(row[name]) for name in moments}} for row in read("json")
    ]
    assert read("parquet") == expected
    content = campaign.export("parquet", content=ExportContent.RESPONSES)
    types = {field.name: field.type for field in pq.read_schema(io.BytesIO(content))}
    assert types["inserted_at"] == types["updated_at"] == pa.timestamp("us", tz="UTC")
    assert types["duration_ms"] == types["revision"] == pa.int64()
    assert types["shown_order"].value_type == pa.int16()
    assert types["is_late"] == types["is_counted"] == pa.bool_()
    assert types["preference"] == types["skip_reason"] == types["user_id"] == pa.string()


@pytest.mark.parametrize("kind", FORMATS)
def test_answers_of_every_type_have_a_column_with_their_own_type(campaign, read, kind):
    ask(campaign, **{name: sample.settings for name, sample in SAMPLES.items()})
    values = {name: {"value": sample.value} for name, sample in SAMPLES.items()}
    record = campaign.record("1", fields={"text": "A red house"})
    campaign.answer(record, campaign.user(), values=values)
    campaign.answer(record, campaign.user(), status="draft")
    first, second = read(kind)
    if kind == "csv":
        as_text = ("text", "label_selection")
        first = {
            name: cell if name in as_text else json.loads(cell)
            for name, cell in first.items()
            if name in values
        }
    expected = {name: sample.value for name, sample in SAMPLES.items()}
    expected["ranking"] = [item["value"] for item in expected["ranking"]]
    assert {name: first[name] for name in values} == expected
    assert [second[name] or None for name in values] == [None] * len(values)


def test_a_question_keeps_its_name_unless_a_response_has_it(campaign, read):
    names = ["status", "preference", "question.status", "shown_order", 'a "b", c']
    ask(campaign, **dict.fromkeys(names, SAMPLES["text"].settings))
    values = {name: {"value": f"to {name}"} for name in names}
    campaign.answer(campaign.record("1"), campaign.user(), values=values)
    for kind in FORMATS:
        (row,) = read(kind)
        assert list(row)[len(OWN) :] == [
            *("question.status", "preference", "question.question.status"),
            *("question.shown_order", 'a "b", c'),
        ]
        assert list(row.values())[len(OWN) :] == [f"to {name}" for name in names]
        assert row["status"] == "submitted"


def test_rows_are_in_the_order_of_the_records_then_of_the_answers(campaign, read):
    users = [campaign.user() for _ in range(3)]
    records = [campaign.record(str(number)) for number in range(3)]
    for record in reversed(records):
        for number, user in enumerate(users):
            moment = MOMENT.replace(second=10 * records.index(record) + (number + 1) % 3)
            campaign.answer(record, user, "image_1", inserted_at=moment)
    expected = [(str(number), users[place].username) for number in range(3) for place in (2, 0, 1)]
    assert [(row["external_id"], row["username"]) for row in read("jsonl")] == expected


def test_answers_of_one_moment_are_in_the_order_of_their_ids(campaign, read):
    record = campaign.record("1")
    for _ in range(20):
        campaign.answer(record, campaign.user(), "image_1", inserted_at=MOMENT)
    ids = [str(row.user_id) for row in sorted(campaign.list(Response, record), key=lambda row: row.id)]
    assert [row["user_id"] for row in read("json")] == ids


def test_only_responses_to_records_of_a_status_are_exported(read, answered):
    assert [row["external_id"] for row in read("json", status=RecordStatus.COMPLETED)] == ["é 1"]
    assert [row["external_id"] for row in read("jsonl", status=RecordStatus.PENDING)] == ["2"]


def test_a_record_without_an_external_id_has_none(campaign, read):
    record = campaign.record("1")
    with campaign.database.transaction() as session:
        session.execute(text("UPDATE records SET external_id = NULL WHERE id = :id"), {"id": record.id})
    campaign.answer(record, campaign.user(), "image_1")
    (row,) = read("json")
    assert (row["external_id"], row["record_id"]) == (None, str(record.id))


def test_without_responses_the_columns_are_there(campaign, read):
    campaign.record("1")
    content = ExportContent.RESPONSES
    assert campaign.export("csv", content=content).decode() == ",".join([*OWN, "preference"]) + "\r\n"
    table = pq.read_table(io.BytesIO(campaign.export("parquet", content=content)))
    assert (table.num_rows, table.column_names) == (0, [*OWN, "preference"])
    assert read("json") == read("jsonl") == []


def test_a_name_cannot_be_taken_for_a_formula(campaign, read):
    record = campaign.record("=1+1")
    campaign.answer(record, campaign.user(), "image_1", skip_reason="@x")
    (row,) = read("csv")
    assert (row["external_id"], row["skip_reason"]) == ("'=1+1", "'@x")


def test_pandas_finds_the_columns_of_responses_before_there_are_any(campaign):
    tables = [
        read(io.BytesIO(campaign.export(kind, content=ExportContent.RESPONSES)))
        for read, kind in ((pd.read_csv, "csv"), (pd.read_parquet, "parquet"))
    ]
    assert list(tables[0]) == list(tables[1])
    assert list(tables[0])[-2:] == ["revision", "preference"]


def test_pandas_groups_by_the_names_of_questions(campaign, answered):
    content = campaign.export("parquet", content=ExportContent.RESPONSES)
    responses = pd.read_parquet(io.BytesIO(content))
    submitted = responses[responses.status == "submitted"]
    assert submitted.preference.value_counts().to_dict() == {"image_1": 1}
    assert str(responses.inserted_at.dtype) == "datetime64[us, UTC]"
