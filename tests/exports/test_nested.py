import json

from diptych.models import RecordStatus

KEYS = ["id", "fields", "metadata", "suggestions", "responses", "vectors", "status", "_server_id"]


def test_it_gives_an_empty_array_for_a_dataset_without_records(campaign):
    assert campaign.rows("argilla-json") == []


def test_a_record_that_nobody_has_touched_has_empty_objects(campaign):
    record = campaign.record("1", metadata={"z": 1, "a": None})
    (nested,) = campaign.rows("argilla-json", with_vectors=True)
    assert list(nested.items()) == [
        ("id", "1"),
        ("fields", record.fields),
        ("metadata", {"z": 1, "a": None}),
        ("suggestions", {}),
        ("responses", {}),
        ("vectors", {}),
        ("status", "pending"),
        ("_server_id", str(record.id)),
    ]
    assert list(nested["metadata"]) == ["z", "a"]


def test_records_hold_only_what_they_have(campaign):
    campaign.question("why")
    first, user = campaign.record("1", submitted_count=1), campaign.user()
    campaign.answer(first, user, values={"preference": {"value": "image_1"}, "why": {"value": "yes"}})
    campaign.answer(first, campaign.user(), status="discarded")
    campaign.suggest(first, "image_2")
    campaign.embed(first, [0.5])
    campaign.record("2")
    full, empty = campaign.rows("argilla-json", with_vectors=True)
    assert list(full) == list(empty) == KEYS
    assert full["status"] == "completed"
    assert list(full["responses"].items()) == [
        ("preference", [{"value": "image_1", "user_id": str(user.id)}]),
        ("why", [{"value": "yes", "user_id": str(user.id)}]),
    ]
    assert full["suggestions"] == {"preference": {"value": "image_2", "score": None, "agent": None}}
    assert full["vectors"] == {"prompt": [0.5]}
    assert (empty["responses"], empty["suggestions"], empty["vectors"]) == ({}, {}, {})


def test_a_suggestion_has_its_score_and_agent(campaign):
    campaign.suggest(campaign.record("1"), ["a", "b"], [0.25, 0.75], "scorer-v1")
    (nested,) = campaign.rows("argilla-json")
    suggestion = nested["suggestions"]["preference"]
    assert list(suggestion.items()) == [
        ("value", ["a", "b"]),
        ("score", [0.25, 0.75]),
        ("agent", "scorer-v1"),
    ]


def test_vectors_are_empty_unless_asked_for(campaign):
    campaign.embed(campaign.record("1"), [0.5])
    assert campaign.rows("argilla-json")[0]["vectors"] == {}


def test_only_records_of_a_status_are_exported(campaign):
    campaign.record("1")
    campaign.record("2", submitted_count=1)
    assert [row["id"] for row in campaign.rows("argilla-json", status=RecordStatus.COMPLETED)] == ["2"]


def test_names_are_escaped(campaign):
    campaign.question('a "strange" one')
    record = campaign.record('1 "quoted" \\ 🐈')
    campaign.answer(record, campaign.user(), values={'a "strange" one': {"value": "yes"}})
    (nested,) = json.loads(campaign.export("argilla-json"))
    assert nested["id"] == '1 "quoted" \\ 🐈'
    assert list(nested["responses"]) == ['a "strange" one']
