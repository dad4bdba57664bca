import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from diptych.models import Field, Record, RecordStatus, VectorSettings

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANSWERS = ["preference.responses", "preference.responses.users", "preference.responses.status"]
SUGGESTIONS = ["preference.suggestion", "preference.suggestion.score", "preference.suggestion.agent"]


def test_it_gives_an_empty_array_for_a_dataset_without_records(campaign):
    assert campaign.rows() == []


def test_columns_stand_in_the_order_of_the_published_dataset(campaign):
    record = campaign.record("1", metadata={"model_2": "sd", "model_1": "dev", "category": "Manga"})
    campaign.answer(record, campaign.user(), "image_1")
    campaign.suggest(record, "image_2", 0.75, "scorer-v1")
    campaign.embed(record, [0.5, -1.0])
    record_columns = ["id", "status", "_server_id", "images", "model_2", "model_1", "category"]
    (row,) = campaign.rows(with_vectors=True)
    assert list(row) == [*record_columns, "prompt", *ANSWERS, *SUGGESTIONS]
    (row,) = campaign.rows()
    assert list(row) == [*record_columns, *ANSWERS, *SUGGESTIONS]


def test_it_gives_what_is_known_of_a_record(campaign):
    record = campaign.record("3368-quality", metadata={"category": "Manga"}, submitted_count=1)
    user = campaign.user()
    campaign.answer(record, user, "both_good")
    assert campaign.rows() == [
        {
            "id": "3368-quality",
            "status": "completed",
            "_server_id": str(record.id),
            "images": record.fields["images"],
            "category": "Manga",
            "preference.responses": ["both_good"],
            "preference.responses.users": [str(user.id)],
            "preference.responses.status": ["submitted"],
        }
    ]


def test_keys_inside_a_field_keep_their_order(campaign):
    campaign.record(
        "1", fields={"images": {"prompt": "a cat", "image_2": "b", "image_1": "a", "extra": {"z": 1, "a": 2}}}
    )
    (row,) = campaign.rows()
    assert list(row["images"]) == ["prompt", "image_2", "image_1", "extra"]
    assert list(row["images"]["extra"]) == ["z", "a"]


def test_records_stand_in_the_order_in_which_they_came(campaign):
    campaign.record("second", inserted_at=NOON + timedelta(seconds=1))
    campaign.record("third", inserted_at=NOON + timedelta(seconds=2))
    campaign.record("first", inserted_at=NOON)
    assert [row["id"] for row in campaign.rows()] == ["first", "second", "third"]


def test_a_record_without_an_id_of_its_owner_has_ours(campaign):
    record = campaign.record("1")
    with campaign.database.transaction() as session:
        session.merge(record).external_id = None
    (row,) = campaign.rows()
    assert row["id"] == row["_server_id"] == str(record.id)


def test_text_comes_out_as_it_went_in(campaign):
    text = 'Привет, "猫" 🐈\n\tback\\slash </script> \u2028 é'
    campaign.record(text, fields={"images": {"prompt": text}}, metadata={text: text})
    content = campaign.export()
    (row,) = json.loads(content)
    assert (row["id"], row["images"]["prompt"], row[text]) == (text, text, text)
    assert "猫" in content.decode()


@pytest.mark.parametrize("kind", ["json", "jsonl", "argilla-json"])
def test_stored_json_comes_out_as_it_is(campaign, kind):
    record = campaign.record("1")
    stored = '{"images":\r\n{"prompt" : "\\u0041\\u0001\\\\"}}'
    with campaign.database.transaction() as session:
        session.execute(
            text("UPDATE records SET fields = :stored WHERE id = :id"), {"stored": stored, "id": record.id}
        )
    assert b'{"prompt" : "\\u0041\\u0001\\\\"}' in campaign.export(kind)


def test_every_row_has_the_metadata_of_all_as_it_first_appeared(campaign):
    campaign.record("1", metadata={"b": 1})
    campaign.record("2", metadata={})
    campaign.record("3", metadata={"z": 2, "b": 3, "a": 4})
    campaign.record("4", metadata={"c": 5, "a": 6})
    rows = [list(row.items())[4:] for row in campaign.rows()]
    assert rows == [
        [("b", 1), ("z", None), ("a", None), ("c", None)],
        [("b", None), ("z", None), ("a", None), ("c", None)],
        [("b", 3), ("z", 2), ("a", 4), ("c", None)],
        [("b", None), ("z", None), ("a", 6), ("c", 5)],
    ]


def test_keys_that_appear_late_are_found_and_stand_last(campaign):
    for number in range(120):
        campaign.record(str(number), metadata={"early": number})
    campaign.record("120", metadata={"late": 1, "early": 120})
    campaign.record("121", metadata={"later": 1, "late": 2, "a": 3})
    rows = campaign.rows()
    assert list(rows[0].items())[4:] == [("early", 0), ("late", None), ("later", None), ("a", None)]
    assert list(rows[-1].items())[4:] == [("early", None), ("late", 2), ("later", 1), ("a", 3)]


def test_metadata_keeps_its_types(campaign):
    values = {
        "text": "7",
        "integer": 7,
        "float": 0.1,
        "yes": True,
        "none": None,
        "terms": ["a", "b"],
        "deep": {"z": {"a": []}},
    }
    campaign.record("1", metadata=values)
    (row,) = campaign.rows()
    assert {name: row[name] for name in values} == values


def test_a_dataset_that_nobody_answered_has_no_columns_of_answers(campaign):
    campaign.record("1")
    assert list(campaign.rows()[0]) == ["id", "status", "_server_id", "images"]


def test_it_gives_null_for_a_record_nobody_answered(campaign):
    campaign.answer(campaign.record("1"), campaign.user(), "image_1")
    campaign.record("2")
    rows = campaign.rows()
    assert rows[0]["preference.responses"] == ["image_1"]
    assert [rows[1][name] for name in ANSWERS] == [None, None, None]
    assert list(rows[0]) == list(rows[1])


def test_answers_stand_in_the_order_in_which_they_came(campaign):
    record = campaign.record("1")
    late, early = campaign.user(), campaign.user()
    campaign.answer(record, late, "image_1", inserted_at=NOON + timedelta(seconds=1))
    campaign.answer(record, early, "image_2", inserted_at=NOON)
    (row,) = campaign.rows()
    assert row["preference.responses"] == ["image_2", "image_1"]
    assert row["preference.responses.users"] == [str(early.id), str(late.id)]


def test_answers_of_one_moment_stand_in_the_order_of_their_ids(campaign):
    record, users = campaign.record("1"), [campaign.user() for _ in range(5)]
    for user in reversed(users):
        campaign.answer(record, user, "image_1", inserted_at=NOON)
    (row,) = campaign.rows()
    assert row["preference.responses.users"] == [str(user.id) for user in reversed(users)]


def test_drafts_and_discards_with_a_value_are_listed(campaign):
    record, users = campaign.record("1"), [campaign.user() for _ in range(3)]
    for user, status in zip(users, ["discarded", "draft", "submitted"], strict=True):
        campaign.answer(record, user, "both_bad", status)
    (row,) = campaign.rows()
    assert row["preference.responses"] == ["both_bad"] * 3
    assert row["preference.responses.users"] == [str(user.id) for user in users]
    assert row["preference.responses.status"] == ["discarded", "draft", "submitted"]


def test_an_answer_without_a_value_contributes_nothing(campaign):
    record, user = campaign.record("1"), campaign.user()
    campaign.answer(record, campaign.user(), status="discarded")
    campaign.answer(record, user, "image_1")
    campaign.answer(record, campaign.user(), status="draft", values={"preference": {"value": None}})
    (row,) = campaign.rows()
    assert row["preference.responses"] == ["image_1"]
    assert row["preference.responses.users"] == [str(user.id)]
    assert row["preference.responses.status"] == ["submitted"]


def test_plain_discards_alone_make_no_columns(campaign):
    record = campaign.record("1")
    campaign.answer(record, campaign.user(), status="discarded")
    campaign.answer(record, campaign.user(), status="draft", values={"preference": {"value": None}})
    assert list(campaign.rows()[0]) == ["id", "status", "_server_id", "images"]


def test_a_value_may_be_any_json(campaign):
    record, users = campaign.record("1"), [campaign.user() for _ in range(4)]
    values = ["null", 5, ["b", "a"], [{"value": "z", "rank": 1}]]
    for user, value in zip(users, values, strict=True):
        campaign.answer(record, user, value)
    (row,) = campaign.rows()
    assert row["preference.responses"] == values


def test_questions_stand_in_the_order_of_the_settings(campaign):
    campaign.question("why?")
    campaign.question("never answered")
    record, both, one = campaign.record("1"), campaign.user(), campaign.user()
    campaign.answer(record, both, values={"why?": {"value": "yes"}, "preference": {"value": "image_1"}})
    campaign.answer(record, one, values={"why?": {"value": "no"}})
    campaign.suggest(record, "yes", question="why?")
    (row,) = campaign.rows()
    assert list(row.items())[4:] == [
        ("preference.responses", ["image_1"]),
        ("preference.responses.users", [str(both.id)]),
        ("preference.responses.status", ["submitted"]),
        ("why?.responses", ["yes", "no"]),
        ("why?.responses.users", [str(both.id), str(one.id)]),
        ("why?.responses.status", ["submitted", "submitted"]),
        ("why?.suggestion", "yes"),
        ("why?.suggestion.score", None),
        ("why?.suggestion.agent", None),
    ]


def test_it_gives_null_for_a_record_without_a_suggestion(campaign):
    campaign.suggest(campaign.record("1"), "image_1", 0.75, 'the "scorer"')
    campaign.record("2")
    rows = campaign.rows()
    assert [rows[0][name] for name in SUGGESTIONS] == ["image_1", 0.75, 'the "scorer"']
    assert [rows[1][name] for name in SUGGESTIONS] == [None, None, None]


def test_each_question_has_its_own_suggestion(campaign):
    campaign.question("why")
    record = campaign.record("1")
    campaign.suggest(record, "yes", 0.1, question="why")
    campaign.suggest(record, "image_1", 0.9)
    (row,) = campaign.rows()
    assert (row["preference.suggestion"], row["preference.suggestion.score"]) == ("image_1", 0.9)
    assert (row["why.suggestion"], row["why.suggestion.score"]) == ("yes", 0.1)


def test_a_record_of_the_same_id_elsewhere_is_another_record(campaign, make_campaign):
    other = make_campaign("dogs")
    user, record = campaign.user(), campaign.record("1")
    with campaign.database.transaction() as session:
        values = {"external_id": "1", "fields": {}, "metadata_": {}, "position": 1, "min_submitted": 1}
        twin = Record(dataset_id=other.dataset.id, id=record.id, **values)
        session.add(twin)
    campaign.answer(record, user, "image_1")
    other.answer(twin, user, "image_2")
    assert [row["preference.responses"] for row in campaign.rows()] == [["image_1"]]
    assert [row["preference.responses"] for row in other.rows()] == [["image_2"]]


def test_vectors_appear_only_when_asked_for(campaign):
    campaign.embed(campaign.record("1"), [0.1, -2.5, 1e-05])
    campaign.record("2")
    assert [row["prompt"] for row in campaign.rows(with_vectors=True)] == [[0.1, -2.5, 1e-05], None]
    assert all("prompt" not in row for row in campaign.rows())


def test_a_vector_that_no_record_has_is_a_column_of_nulls(campaign):
    campaign.record("1")
    (row,) = campaign.rows(with_vectors=True)
    assert row["prompt"] is None


def test_a_field_that_a_record_lacks_is_null(campaign):
    with campaign.database.transaction() as session:
        session.add(
            Field(
                dataset_id=campaign.dataset.id,
                name="caption",
                title="Caption",
                required=False,
                settings={"type": "text"},
            )
        )
    campaign.record("1")
    campaign.record("2", fields={"caption": "a cat"})
    assert [(row["images"] is None, row["caption"]) for row in campaign.rows()] == [
        (False, None),
        (True, "a cat"),
    ]


def test_metadata_that_is_named_like_another_column_has_a_prefix(campaign):
    metadata = {"id": 1, "status": 2, "images": 3, "preference.responses": 4, "metadata.id": 5, "prompt": 6}
    record = campaign.record("1", metadata=metadata)
    campaign.answer(record, campaign.user(), "image_1")
    campaign.embed(record, [7.0])
    (row,) = campaign.rows(with_vectors=True)
    assert (row["id"], row["status"], row["preference.responses"]) == ("1", "pending", ["image_1"])
    lifted = ["metadata.id", "metadata.status", "metadata.images", "metadata.preference.responses"]
    assert [row[name] for name in lifted] == [1, 2, 3, 4]
    assert (row["metadata.metadata.id"], row["prompt"], row["vector.prompt"]) == (5, 6, [7.0])


def test_more_keys_than_a_function_has_arguments_are_no_trouble(campaign):
    metadata = {f"key {number}": number for number in range(300)}
    campaign.record("1", metadata=metadata)
    (row,) = campaign.rows()
    assert {name: row[name] for name in metadata} == metadata


def test_only_records_of_a_status_are_exported(campaign):
    campaign.record("1", metadata={"pending": 1})
    completed = campaign.record("2", metadata={"completed": 1}, submitted_count=1)
    campaign.answer(completed, campaign.user(), "image_1")
    campaign.suggest(completed, "image_1")
    (row,) = campaign.rows(status=RecordStatus.COMPLETED)
    assert list(row) == ["id", "status", "_server_id", "images", "completed", *ANSWERS, *SUGGESTIONS]
    assert (row["id"], row["status"]) == ("2", "completed")
    (row,) = campaign.rows(status=RecordStatus.PENDING)
    assert list(row) == ["id", "status", "_server_id", "images", "pending"]
    assert (row["id"], row["status"]) == ("1", "pending")


def test_json_lines_are_the_same_rows(campaign):
    campaign.answer(campaign.record("1", metadata={"a": "first\nsecond"}), campaign.user(), "image_1")
    campaign.record("2", metadata={"b": 2})
    lines = campaign.export("jsonl").decode().split("\n")
    assert lines.pop() == ""
    assert [list(json.loads(line).items()) for line in lines] == [
        list(row.items()) for row in campaign.rows()
    ]


@pytest.mark.parametrize("kind", ["json", "argilla-json"])
def test_each_record_has_a_line_of_its_own(campaign, kind):
    campaign.record("1")
    campaign.record("2")
    start, *lines, end, rest = campaign.export(kind).decode().split("\n")
    assert (start, end, rest) == ("[", "]", "")
    assert [json.loads(line.removesuffix(","))["id"] for line in lines] == ["1", "2"]


def test_vectors_of_several_names_stand_in_the_order_of_the_settings(campaign):
    with campaign.database.transaction() as session:
        session.add(
            VectorSettings(dataset_id=campaign.dataset.id, name="a image", title="Image", dimensions=2)
        )
    record = campaign.record("1")
    campaign.embed(record, [1.0, 2.0], "a image")
    (row,) = campaign.rows(with_vectors=True)
    assert list(row.items())[4:] == [("prompt", None), ("a image", [1.0, 2.0])]
