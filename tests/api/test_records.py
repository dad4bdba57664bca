import json
import uuid

import pytest
from sqlalchemy import text

from tests.api.datasets import LABEL_SETTINGS, answer_of, assert_counted, make_dataset, pair, put

UNKNOWN = "0179bbf7-2a80-4a21-8b31-6ff5e4ff12c7"
ALL = {"include": ["responses", "suggestions", "vectors"]}
KEYS = ["id", "status", "fields", "metadata", "external_id"]
PARTS = ["responses", "suggestions", "vectors"]
ENDS = ["dataset_id", "inserted_at", "updated_at"]
OPTIONS = [{"value": value, "text": value} for value in ("r1", "r2", "r3")]
WIDE = {
    "fields": {
        "text": {"type": "text"},
        "picture": {"type": "image"},
        "chat": {"type": "chat"},
        "images": {"type": "custom", "template": ""},
    },
    "questions": {
        "preference": LABEL_SETTINGS,
        "labels": {"type": "multi_label_selection", "options": OPTIONS},
        "rating": {"type": "rating", "options": [{"value": 1}, {"value": 2}]},
        "ranking": {"type": "ranking", "options": OPTIONS},
        "comment": {"type": "text"},
        "spans": {"type": "span", "field": "text", "options": OPTIONS},
    },
    "metadata-properties": {
        "model": {"type": "terms", "values": ["dev", "sd", 1]},
        "seed": {"type": "integer", "min": 0, "max": 9},
        "scale": {"type": "float", "max": 2},
    },
}


@pytest.fixture(scope="module")
def owner(world):
    return world["olga"]


@pytest.fixture(scope="module", autouse=True)
def noise(world):
    """Records of the same external ids elsewhere, with everything, which no test means."""
    dataset = make_dataset(world["mia"], "far")
    response = answer_of(world["sam"])
    extras = {"metadata": {"seed": 7}, "vectors": {"prompt": [7, 7]}, "responses": [response]}
    return put(world["mia"], dataset, *(pair(str(n), **extras) for n in range(1, 4)))


@pytest.fixture
def dataset(owner):
    return make_dataset(owner, str(uuid.uuid4()))


@pytest.fixture(scope="module")
def wide(owner):
    """A dataset with every type of field, question and metadata property; nothing may stay in it."""
    home = owner.get("me/workspaces").json()["items"][0]["id"]
    body = {"name": "wide", "workspace_id": home, "allow_extra_metadata": False}
    dataset = owner.post("datasets", json=body).json()["id"]
    for kind, settings in WIDE.items():
        for name, setting in settings.items():
            required = name in {"text", "preference"}
            body = {"name": name, "settings": setting, "required": required}
            assert owner.post(f"datasets/{dataset}/{kind}", json=body).status_code == 201
    owner.post(f"datasets/{dataset}/vectors-settings", json={"name": "prompt", "dimensions": 2})
    return dataset


def records(client, dataset, **params):
    answer = client.get(f"datasets/{dataset}/records", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def refused(client, dataset, *given, status=422):
    answer = client.put(f"datasets/{dataset}/records/bulk", json={"items": given})
    assert answer.status_code == status, answer.text
    return answer.json()["detail"]


def upsert(client, dataset, *given):
    answer = client.put(f"datasets/{dataset}/records/bulk", json={"items": given})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"], answer.json()["updated_item_ids"]


def keys_of(some):
    return [record["external_id"] for record in some]


def suggestion(value="image_1", question="preference", **values):
    return {"question_name": question, "value": value, **values}


# What comes back


def test_a_record_comes_back_with_everything_and_as_argilla_shows_it(owner, world, dataset):
    sent = pair(
        "1",
        id=None,
        status="completed",
        inserted_at=None,
        metadata={"seed": 3, "extra": [1, {"z": None}]},
        vectors={"prompt": [0.5, -1]},
        responses=[answer_of(world["anna"])],
        suggestions=[suggestion(score=0.75, agent="m/1", type="model", id=UNKNOWN, question_id=None)],
    )
    items, updated = upsert(owner, dataset, sent)
    (record,) = items
    assert updated == []
    assert list(record) == [*KEYS, *PARTS, *ENDS]
    (response,), (proposal,) = record["responses"], record["suggestions"]
    assert list(response) == ["id", "values", "status", "record_id", "user_id", "inserted_at", "updated_at"]
    assert {key: response[key] for key in ("values", "status", "record_id", "user_id")} == {
        "values": {"preference": {"value": "image_1"}},
        "status": "submitted",
        "record_id": record["id"],
        "user_id": str(world["anna"].user.id),
    }
    (question,) = owner.get(f"datasets/{dataset}/questions").json()["items"]
    assert list(proposal) == [
        "id",
        "question_id",
        "type",
        "value",
        "agent",
        "score",
        "inserted_at",
        "updated_at",
    ]
    shown = {
        "type": "model",
        "value": "image_1",
        "agent": "m/1",
        "score": 0.75,
        "question_id": question["id"],
    }
    assert shown.items() <= proposal.items()
    assert proposal["id"] != UNKNOWN
    assert record["fields"] == sent["fields"]
    assert record["metadata"] == sent["metadata"]
    assert record["vectors"] == {"prompt": [0.5, -1]}
    assert (record["status"], record["external_id"], record["dataset_id"]) == ("completed", "1", dataset)
    assert record["inserted_at"] == record["updated_at"]
    assert len(record["inserted_at"]) == len("2026-11-21T00:06:00.924529")
    assert records(owner, dataset, **ALL) == [record]
    assert owner.get(f"records/{record['id']}").json() == record


def test_parts_come_along_when_they_are_asked_for(owner, world, dataset):
    owner.post(f"datasets/{dataset}/vectors-settings", json={"name": "b", "dimensions": 1})
    whole = put(
        owner,
        dataset,
        pair("1", vectors={"prompt": [1, 2], "b": [3]}, responses=[answer_of(world["anna"])]),
        pair("2", suggestions=[suggestion()]),
    )
    (plain, bare) = records(owner, dataset)
    assert list(plain) == list(bare) == [*KEYS, *ENDS]
    assert [record["status"] for record in (plain, bare)] == ["completed", "pending"]
    for part in PARTS:
        for record, expected in zip(records(owner, dataset, include=part), whole, strict=True):
            assert list(record) == [*KEYS, part, *ENDS]
            assert record[part] == expected[part]
    assert whole[1]["vectors"] == {}
    assert whole[0]["suggestions"] == whole[1]["responses"] == []
    for include, expected in (
        ("vectors:b", {"b": [3]}),
        ("vectors:b,prompt", {"b": [3], "prompt": [1, 2]}),
        ("vectors:b,b", {"b": [3]}),
    ):
        page = owner.get(f"datasets/{dataset}/records", params={"include": include}).text
        assert json.loads(page)["items"][0]["vectors"] == expected
        assert page.count('"b":') == 1


@pytest.mark.parametrize(
    "include",
    [["x"], [""], ["vectors:x"], ["vectors:"], ["vectors", "vectors:prompt"], ["vectors:prompt,"], ["a\0"]],
)
def test_parts_that_there_are_not_are_refused(owner, empty, include):
    answer = owner.get(f"datasets/{empty}/records", params={"include": include})
    assert (answer.status_code, answer.json()["detail"]["params"]) == (422, {"field": "include"})


# Adding and changing


def test_records_are_known_by_their_id_and_then_by_their_external_id(owner, dataset, noise):
    first, second = put(owner, dataset, pair("1"), pair("2"))
    items, updated = upsert(
        owner,
        dataset,
        pair("3"),
        pair("2", metadata={"seed": 2}),
        # The id counts; the external id stays.
        pair("other", id=first["id"], metadata={"seed": 1}),
        # Ids of nobody and of elsewhere are as good as none.
        pair("4", id=UNKNOWN),
        pair("5", id=noise[0]["id"]),
    )
    assert keys_of(items) == ["3", "2", "1", "4", "5"]
    assert [items[1]["id"], items[2]["id"]] == [second["id"], first["id"]]
    assert [items[1]["metadata"], items[2]["metadata"]] == [{"seed": 2}, {"seed": 1}]
    assert not {UNKNOWN, noise[0]["id"]} & {record["id"] for record in items}
    assert updated == [second["id"], first["id"]]
    assert keys_of(records(owner, dataset)) == ["1", "2", "3", "4", "5"]


def test_an_id_counts_before_an_external_id(owner, dataset):
    first, second = put(owner, dataset, pair("1"), pair("2"))
    items, _ = upsert(owner, dataset, {"id": first["id"], "external_id": "2", "metadata": {"seed": 1}})
    assert (items[0]["id"], items[0]["external_id"]) == (first["id"], "1")
    assert records(owner, dataset)[1] == {key: second[key] for key in [*KEYS, *ENDS]}


def test_an_id_of_elsewhere_finds_the_record_of_the_external_id(owner, dataset, noise):
    (first,) = put(owner, dataset, pair("1"))
    _, updated = upsert(owner, dataset, pair("1", id=noise[1]["id"]))
    assert updated == [first["id"]]


def test_who_has_no_external_id_is_called_by_the_id(owner, dataset, migrated_database):
    bare = {key: value for key, value in pair().items() if key != "external_id"}
    items, _ = upsert(owner, dataset, bare, {**bare, "external_id": None})
    assert keys_of(items) == [record["id"] for record in items]
    with migrated_database.transaction() as session:
        stored = session.scalars(
            text("SELECT external_id FROM records WHERE dataset_id = :id"), {"id": dataset}
        )
        assert stored.all() == [None, None]
    _, updated = upsert(owner, dataset, pair(items[1]["id"], metadata={"seed": 1}))
    assert updated == [items[1]["id"]]
    assert [record["metadata"] for record in records(owner, dataset)] == [{}, {"seed": 1}]


def test_numbers_are_external_ids_too(owner, dataset):
    assert keys_of(put(owner, dataset, pair(7), pair(10**30))) == ["7", str(10**30)]


def test_the_order_of_a_batch_is_that_of_the_answer_and_of_the_new_records(owner, dataset):
    put(owner, dataset, pair("m"))
    assert keys_of(put(owner, dataset, pair("z"), pair("m"), pair("a"))) == ["z", "m", "a"]
    assert keys_of(records(owner, dataset)) == ["m", "z", "a"]


@pytest.mark.parametrize("twin", [pair("1"), {"external_id": "1", "metadata": {"seed": 1}}])
def test_a_batch_names_a_record_once(owner, dataset, twin):
    detail = refused(owner, dataset, pair("1"), pair("2"), twin)
    assert detail["message"].startswith("Record at position 2 is not valid because ")
    assert detail["params"]["position"] == 2
    assert records(owner, dataset) == []
    (stored,) = put(owner, dataset, pair("1"))
    refused(owner, dataset, pair("1"), {"id": stored["id"]})


def test_fields_and_metadata_replace_what_is_there_and_nothing_keeps_it(owner, dataset):
    (before,) = put(owner, dataset, pair("1", metadata={"seed": 1, "model_1": "dev"}))
    for same in (
        {},
        {"fields": None, "metadata": None},
        {"metadata": {}},
        {"fields": before["fields"]},
        {"metadata": before["metadata"], "suggestions": [], "responses": [], "vectors": {}},
        {"suggestions": None, "responses": None, "vectors": None, "status": "completed"},
    ):
        assert upsert(owner, dataset, {"external_id": "1", **same}) == ([before], [before["id"]])
    fields = {"images": {**before["fields"]["images"], "prompt": "a dog"}}
    for change, expected in (
        ({"fields": fields}, {**before, "fields": fields}),
        ({"metadata": {"seed": 2}}, {**before, "fields": fields, "metadata": {"seed": 2}}),
    ):
        (after,), _ = upsert(owner, dataset, {"external_id": "1", **change})
        assert after == {**expected, "updated_at": after["updated_at"]}
        assert after["updated_at"] > before["updated_at"]


def test_a_batch_changes_metadata_alone_beside_a_new_record(owner, dataset):
    (before,) = put(owner, dataset, pair("1"))
    change = {"external_id": "1", "metadata": {"seed": 2}}
    (changed, new), known = upsert(owner, dataset, change, pair("2"))
    assert known == [before["id"]]
    assert (changed["fields"], changed["metadata"]) == (before["fields"], {"seed": 2})
    assert new["external_id"] == "2"


def test_suggestions_answers_and_vectors_replace_those_of_their_question_person_and_name(owner, world, wide):
    def record(**values):
        return {"external_id": "merged", "fields": {"text": "x"}, **values}

    (before,) = put(
        owner,
        wide,
        record(
            suggestions=[suggestion("image_1", agent="a", score=0.5), suggestion(1, "rating")],
            responses=[answer_of(world["anna"]), answer_of(world["ben"], "image_2", "draft")],
            vectors={"prompt": [1, 2]},
        ),
    )
    (after,) = put(
        owner,
        wide,
        record(
            suggestions=[suggestion(2, "rating"), suggestion("nice", "comment")],
            responses=[answer_of(world["ben"], "both_bad"), answer_of(world["adam"], status="discarded")],
            vectors={"prompt": [3, 4]},
        ),
    )
    assert [(item["value"], item["agent"], item["score"]) for item in after["suggestions"]] == [
        ("image_1", "a", 0.5),
        (2, None, None),
        ("nice", None, None),
    ]
    assert after["suggestions"][0] == before["suggestions"][0]
    assert [(item["values"]["preference"]["value"], item["status"]) for item in after["responses"]] == [
        ("image_1", "submitted"),
        ("both_bad", "submitted"),
        ("image_1", "discarded"),
    ]
    assert after["responses"][0] == before["responses"][0]
    assert after["responses"][1]["id"] == before["responses"][1]["id"]
    assert after["vectors"] == {"prompt": [3, 4]}
    assert owner.delete(f"records/{after['id']}").status_code == 200


def test_ids_of_suggestions_are_the_servers(owner, dataset):
    some = put(owner, dataset, *(pair(str(n), suggestions=[suggestion(id=UNKNOWN)]) for n in range(2)))
    assert len({record["suggestions"][0]["id"] for record in some} | {UNKNOWN}) == 3


def test_a_suggestion_may_name_its_question_by_id(owner, dataset):
    (question,) = owner.get(f"datasets/{dataset}/questions").json()["items"]
    by_id = {"question_id": question["id"], "question_name": "nothing", "value": "image_2"}
    (record,) = put(owner, dataset, pair("1", suggestions=[by_id]))
    assert record["suggestions"][0]["question_id"] == question["id"]


def test_a_ranking_without_ranks_is_ranked_by_its_order(owner, world, wide):
    response = answer_of(world["anna"])
    response["values"]["ranking"] = {"value": ["r3", "r1", "r2"]}
    (record,) = put(owner, wide, {"fields": {"text": "x"}, "responses": [response]})
    assert record["responses"][0]["values"]["ranking"]["value"] == [
        {"value": "r3", "rank": 1},
        {"value": "r1", "rank": 2},
        {"value": "r2", "rank": 3},
    ]
    owner.delete(f"records/{record['id']}")


@pytest.mark.parametrize("status", ["draft", "discarded"])
def test_an_answer_without_values_has_none(owner, world, dataset, status):
    response = {"user_id": str(world["anna"].user.id), "status": status, "values": None}
    (record,) = put(owner, dataset, pair("1", responses=[response]))
    assert record["responses"][0]["values"] == {}


def test_a_draft_takes_records(owner, world, migrated_database):
    draft = make_dataset(owner, "draft", publish=False)
    (record,) = put(owner, draft, pair("1", responses=[answer_of(world["anna"])]))
    assert record["status"] == "completed"
    assert_counted(migrated_database, draft)


def test_nobody_but_admins_logs_records(world, dataset):
    body = {"items": [pair("1")]}
    path = f"datasets/{dataset}/records/bulk"
    assert world["anna"].put(path, json=body).status_code == 403
    assert world["mia"].put(path, json=body).status_code == 404
    assert world["adam"].put(path, json=body).status_code == 200


# What does not fit


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"fields": {}}, "'text' is missing"),
        ({"fields": None}, "'text' is missing"),
        ({"fields": {"text": None}}, "'text' is missing"),
        ({"fields": {"picture": "https://x.org/1"}}, "'text' is missing"),
        ({"fields": {"text": "x", "more": "y"}}, "no field 'more'"),
        ({"fields": {"text": 1}}, "holds text"),
        ({"fields": {"text": "a\0"}}, "NUL"),
        ({"fields": {"text": "x", "picture": "x.org/1"}}, "'picture' names a picture file"),
        ({"fields": {"text": "x", "picture": "ftp://x.org/1"}}, "has to start with https://"),
        ({"fields": {"text": "x", "picture": "https://x.org/" + "x" * 2038}}, "longer"),
        ({"fields": {"text": "x", "picture": "data:text/html,x"}}, "contains an image"),
        ({"fields": {"text": "x", "picture": f"/media/{'0' * 64}.png"}}, "no stored image"),
        ({"fields": {"text": "x", "chat": [{"role": "user"}]}}, "content of message 1"),
        ({"fields": {"text": "x", "chat": [{"role": "x", "content": "y"}] * 501}}, "up to 500"),
        ({"fields": {"text": "x", "images": ["y"]}}, "'images' is not an object"),
        ({"fields": {"text": "x", "images": {}}}, "'images.prompt' is empty"),
        ({"metadata": {"model": "other"}}, "is not one of dev, sd, 1"),
        ({"metadata": {"model": ["dev", "other"]}}, "is not one of"),
        ({"metadata": {"seed": 1.0}}, "type integer"),
        ({"metadata": {"seed": True}}, "type integer"),
        ({"metadata": {"seed": 10}}, "more than 9"),
        ({"metadata": {"scale": 2.5}}, "more than 2"),
        ({"metadata": {"scale": "1"}}, "type float"),
        ({"metadata": {"undeclared": 1}}, "does not allow others"),
        ({"vectors": {"other": [1, 2]}}, "no vector 'other'"),
        ({"vectors": {"prompt": [1]}}, "2 numbers"),
        ({"vectors": {"prompt": [1, "2"]}}, "not a finite number"),
        ({"vectors": {"prompt": [1, 1e39]}}, "not a finite number"),
        ({"vectors": {"prompt": None}}, "2 numbers"),
        ({"suggestions": [suggestion(question="other")]}, "no question 'other'"),
        ({"suggestions": [{"value": "image_1"}]}, "no question"),
        ({"suggestions": [suggestion(), suggestion()]}, "two suggestions"),
        ({"suggestions": [suggestion("other")]}, "not one of the labels"),
        ({"suggestions": [suggestion(score=1.5)]}, "from 0 to 1"),
        ({"suggestions": [suggestion(score=[0.5])]}, "list of scores"),
        ({"suggestions": [suggestion(agent="a\n")]}, "agent"),
        ({"suggestions": [suggestion(3, "rating")]}, "not one of the ratings"),
        ({"responses": [{"user_id": UNKNOWN, "status": "draft"}]}, "has no user with the id"),
        ({"responses": ["anna"] * 2}, "two responses"),
        ({"responses": [{"status": "submitted", "values": {}}]}, "an answer to 'preference' is needed"),
        ({"responses": [{"values": {"other": {"value": 1}}}]}, "no question 'other'"),
        ({"responses": [{"values": {"preference": {"value": "other"}}}]}, "not one of the labels"),
        (
            {"responses": [{"values": {"spans": {"value": [{"label": "r1", "start": 0, "end": 9}]}}}]},
            "ends at 9",
        ),
        ({"external_id": "a\0"}, "external id"),
        ({"external_id": " "}, "external id is empty"),
    ],
)
def test_a_record_that_does_not_fit_is_named_and_keeps_all_others_out(owner, world, wide, values, words):
    anna = str(world["anna"].user.id)
    given = [
        {"user_id": anna} if item == "anna" else {"user_id": anna, **item}
        for item in values.get("responses", [])
    ]
    bad = {"external_id": "bad", "fields": {"text": "x"}, **values, "responses": given}
    detail = refused(owner, wide, {"external_id": "good", "fields": {"text": "x"}}, bad)
    assert detail["message"].startswith("Record at position 1 is not valid because ")
    assert words in detail["message"]
    assert detail["params"]["position"] == 1
    assert records(owner, wide) == []


@pytest.mark.parametrize(
    "values",
    [
        {"metadata": {"model": None, "seed": None}},
        {"metadata": {"model": ["dev", 1], "seed": 9, "scale": 1}},
        {"fields": {"text": "", "picture": None, "images": None}},
        {"fields": {"text": "x", "picture": "data:image/svg+xml,<svg/>", "chat": []}},
        {"suggestions": [suggestion(["r1", "r2"], "labels", score=[0, 1])]},
        {"suggestions": [suggestion([], "spans"), suggestion(["r2"], "ranking")]},
    ],
)
def test_what_fits_is_taken(owner, wide, values):
    (record,) = put(owner, wide, {"fields": {"text": "x"}, **values})
    owner.delete(f"records/{record['id']}")
    assert record["metadata"] == values.get("metadata", {})


def test_a_known_record_that_does_not_fit_stays_as_it_was(owner, dataset):
    put(owner, dataset, pair("1", metadata={"seed": 1}))
    before = records(owner, dataset, **ALL)
    bad = pair("2", metadata={"seed": "x"})
    change = {"external_id": "1", "metadata": {"seed": 2}, "suggestions": [suggestion()]}
    assert refused(owner, dataset, change, bad)["params"] == {"field": "seed", "position": 1}
    assert records(owner, dataset, **ALL) == before


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "status",
        "_server_id",
        "images",
        "prompt",
        "image_1",
        "vector.prompt",
        "preference.responses",
        "preference.suggestion",
    ],
)
def test_metadata_has_no_name_that_an_export_gives_to_something_else(owner, empty, name):
    assert name in refused(owner, empty, pair("1", metadata={name: 1}))["message"]


@pytest.mark.parametrize(
    "items", [[], [pair(str(n)) for n in range(501)], None, {}, [None], [[]], [{"fields": []}], ["x"]]
)
def test_a_batch_is_a_list_of_up_to_500_records(owner, empty, items):
    answer = owner.put(f"datasets/{empty}/records/bulk", json={"items": items})
    assert answer.status_code == 422
    assert records(owner, empty) == []


def test_500_records_are_a_batch(owner, dataset):
    assert len(put(owner, dataset, *(pair(str(n)) for n in range(500)))) == 500


# Values of all kinds

ODD = [
    '{"z":1,"a":{"y":[],"b":{}},"m":null}',
    '{"text":"a\\u0301 é 🐈‍⬛ \\ud83d\\udc08 \\u202eabc \\u007f"}',
    '{"empty":{},"list":[[],[[1]]],"":""}',
    '{"int":' + "9" * 400 + "}",
    '{"small":1e-320,"big":1.7976931348623157e308,"zero":-0.0,"one":1.0}',
    '{"quote":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u001f</script>"}',
    '{"deep":' + "[" * 90 + "]" * 90 + "}",
]
IMPOSSIBLE = [
    '{"x":NaN}',
    '{"x":Infinity}',
    '{"x":-Infinity}',
    '{"x":1e400}',
    '{"x":-1e400}',
    '{"x":"\\u0000"}',
    '{"\\u0000":1}',
    '{"x":"\\ud800"}',
    '{"x":"\\udc00\\ud800"}',
    '{"\\ud800":1}',
    '{"x":' + "[" * 120 + "]" * 120 + "}",
    '{"x":' + "[" * 50_000 + "]" * 50_000 + "}",
    '{"x":' + "9" * 5_000 + "}",
]


def send(client, method, path, body):
    content = body.encode("utf-8", "surrogatepass")
    return client.request(method, path, content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("value", ODD)
def test_any_json_comes_back_as_it_was_sent(owner, dataset, value):
    path = f"datasets/{dataset}/records"
    images = json.dumps(pair()["fields"]["images"])[:-1] + f', "odd": {value}}}'
    body = f'{{"items":[{{"external_id":"1","fields":{{"images":{images}}},"metadata":{{"odd":{value}}}}}]}}'
    answered = send(owner, "PUT", f"{path}/bulk", body)
    assert answered.status_code == 200, answered.text
    page = owner.get(path, params=ALL).text
    for text_ in (answered.text, page):
        (record,) = json.loads(text_)["items"]
        assert json.dumps(record["fields"]["images"]) == json.dumps(json.loads(images))
        assert json.dumps(record["metadata"]["odd"]) == json.dumps(json.loads(value))
    changed = f'{{"fields":{{"images":{images}}},"metadata":{{"odd":{value},"seed":1}}}}'
    patched = send(owner, "PATCH", f"records/{record['id']}", changed)
    assert patched.status_code == 200, patched.text
    assert json.dumps(patched.json()["metadata"]) == json.dumps({"odd": json.loads(value), "seed": 1})


PLACES = (
    '{"external_id":"1","fields":{"images":%s}}',
    '{"fields":%s}',
    '{"fields":{"images":{}},"metadata":{"extra":%s}}',
    '{"fields":{"images":{}},"metadata":%s}',
    '{"fields":{"images":{}},"vectors":{"prompt":%s}}',
    '{"fields":{"images":{}},"vectors":%s}',
    '{"fields":{"images":{}},"suggestions":[{"question_name":"preference","value":%s}]}',
    '{"fields":{"images":{}},"suggestions":[{"question_name":"preference","value":"image_1","score":%s}]}',
    '{"fields":{"images":{}},"responses":[{"user_id":"$","values":{"preference":{"value":%s}}}]}',
    '{"fields":{"images":{}},"responses":[{"user_id":"$","values":%s}]}',
)


@pytest.fixture(scope="module")
def empty(owner):
    """A dataset in which nothing may stay."""
    return make_dataset(owner, "empty")


@pytest.mark.parametrize("value", IMPOSSIBLE, ids=lambda value: value[:20])
def test_what_json_or_the_database_cannot_hold_is_refused(owner, empty, value):
    for place in PLACES:
        record = place.replace("$", str(owner.user.id)).replace("%s", value)
        answer = send(owner, "PUT", f"datasets/{empty}/records/bulk", f'{{"items":[{record}]}}')
        assert answer.status_code == 422, (place, answer.text)
        assert answer.json()["detail"]["code"] == "invalid"
    assert records(owner, empty) == []


@pytest.mark.parametrize("value", IMPOSSIBLE, ids=lambda value: value[:20])
def test_nor_do_changes_and_answers_hold_it(owner, world, dataset, value):
    (record,) = put(owner, dataset, pair("1"))
    (before,) = records(owner, dataset, **ALL)
    for body in (f'{{"fields":{{"images":{value}}}}}', f'{{"metadata":{value}}}', f'{{"vectors":{value}}}'):
        assert send(owner, "PATCH", f"records/{record['id']}", body).status_code in {400, 422}
    values = f'{{"status":"draft","values":{{"preference":{{"value":{value}}}}}}}'
    assert send(world["anna"], "POST", f"records/{record['id']}/responses", values).status_code in {400, 422}
    item = values.replace("{", f'{{"record_id":"{record["id"]}",', 1)
    answer = send(world["anna"], "POST", "me/responses/bulk", f'{{"items":[{item}]}}')
    assert answer.status_code in {400, 422} or answer.json()["items"][0]["error"] is not None
    assert records(owner, dataset, **ALL) == [before]


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"x"', "1", '{"items":', "\ud800", '{"items":[{}]}x']
)
def test_what_is_no_json_is_refused(owner, empty, body):
    assert send(owner, "PUT", f"datasets/{empty}/records/bulk", body).status_code == 422


def test_a_body_larger_than_the_limit_is_refused_unread(owner, dataset):
    limit = owner.app.state.settings.max_batch_mb * 2**20
    headers = {"Content-Length": str(limit + 1), "Content-Type": "application/json"}
    answer = owner.put(f"datasets/{dataset}/records/bulk", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["detail"]["code"]) == (413, "too_large")

    def chunks():
        for _ in range(limit // 2**20 + 1):
            yield b" " * 2**20

    answer = owner.put(f"datasets/{dataset}/records/bulk", content=chunks())
    assert answer.status_code == 413
    (record,) = put(owner, dataset, pair("1", metadata={"extra": "x" * 2**21}))
    assert len(record["metadata"]["extra"]) == 2**21
    assert owner.patch(f"records/{record['id']}", json={"metadata": {"x": "x" * 2**20}}).status_code == 413


# Pages


@pytest.fixture(scope="module")
def many(owner):
    """2,700 records: three blocks."""
    dataset = make_dataset(owner, "many")
    for first in range(0, 2700, 450):
        put(owner, dataset, *(pair(str(n)) for n in range(first, first + 450)))
    return dataset


def page(client, dataset, offset, limit):
    answer = client.get(f"datasets/{dataset}/records", params={"offset": offset, "limit": limit})
    assert answer.status_code == 200, answer.text
    return [int(key) for key in keys_of(answer.json()["items"])], answer.json()["total"]


@pytest.mark.parametrize(
    ("offset", "limit", "expected"),
    [
        (0, 1, range(1)),
        (0, 1000, range(1000)),
        (999, 2, range(999, 1001)),
        (1000, 1000, range(1000, 2000)),
        (1500, 1000, range(1500, 2500)),
        (2600, 1000, range(2600, 2700)),
        (2699, 1, range(2699, 2700)),
        (2700, 1, range(0)),
        (2**63 - 1, 1000, range(0)),
    ],
)
def test_a_page_begins_and_ends_where_it_should(owner, many, offset, limit, expected):
    assert page(owner, many, offset, limit) == (list(expected), 2700)


def test_a_page_has_50_records_unless_more_are_asked_for(owner, many, dataset):
    assert len(records(owner, many)) == 50
    assert owner.get(f"datasets/{dataset}/records").json() == {"items": [], "total": 0}


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"offset": -1}, {"offset": 2**63}, {"offset": 10**30}],
)
def test_pages_have_bounds(owner, many, params):
    assert owner.get(f"datasets/{many}/records", params=params).status_code == 422


def test_pages_stay_in_order_when_records_come_and_go_meanwhile(owner, migrated_database):
    dataset = make_dataset(owner, "moving")
    for first in range(0, 1200, 400):
        put(owner, dataset, *(pair(str(n)) for n in range(first, first + 400)))
    ids = [record["id"] for record in records(owner, dataset, limit=1000)]
    assert page(owner, dataset, 0, 600) == (list(range(600)), 1200)
    put(owner, dataset, pair("5000"), pair("700", metadata={"seed": 1}))
    assert page(owner, dataset, 600, 700) == ([*range(600, 1200), 5000], 1201)
    gone = [*range(10, 60), *range(950, 1000)]
    ids_gone = ",".join(ids[n] for n in gone)
    assert owner.delete(f"datasets/{dataset}/records", params={"ids": ids_gone}).status_code == 204
    left = [n for n in [*range(1200), 5000] if n not in gone]
    for offset in (0, 500, 890, 1100):
        assert page(owner, dataset, offset, 150) == (left[offset : offset + 150], len(left))
    put(owner, dataset, pair("6000"))
    assert page(owner, dataset, 1099, 10) == ([1199, 5000, 6000], 1102)
    assert_counted(migrated_database, dataset)


def test_an_annotator_does_not_list_records(world, dataset):
    for name, status in (("anna", 403), ("mia", 404), ("adam", 200)):
        assert world[name].get(f"datasets/{dataset}/records").status_code == status


# One record


def test_a_record_is_changed_in_what_the_change_names(owner, world, dataset):
    (before, other) = put(
        owner,
        dataset,
        *(
            pair(
                key,
                metadata={"seed": 1},
                vectors={"prompt": [1, 2]},
                suggestions=[suggestion(agent="a")],
                responses=[answer_of(world["anna"])],
            )
            for key in ("1", "2")
        ),
    )
    path = f"records/{before['id']}"
    ignored = {
        "id": UNKNOWN,
        "external_id": "x",
        "status": "pending",
        "responses": [],
        "dataset_id": UNKNOWN,
        "inserted_at": None,
    }
    nothing = {"fields": None, "metadata": {}, "vectors": {}, "suggestions": None}
    for change in ({}, ignored, nothing, dict.fromkeys(nothing)):
        assert owner.patch(path, json=change).json() == before
    fields = {"images": {**before["fields"]["images"], "prompt": "a dog"}}
    after = owner.patch(path, json={"fields": fields, "metadata": {"x": 1}, "vectors": {"prompt": [3, 4]}})
    expected = {**before, "fields": fields, "metadata": {"x": 1}, "vectors": {"prompt": [3, 4]}}
    assert after.json() == {**expected, "updated_at": after.json()["updated_at"]}
    assert after.json()["updated_at"] > before["updated_at"]
    assert records(owner, dataset, **ALL) == [after.json(), other]


def test_a_change_of_suggestions_replaces_all_of_them(owner, wide):
    one, other = put(
        owner,
        wide,
        *(
            {
                "external_id": key,
                "fields": {"text": "x"},
                "suggestions": [suggestion(), suggestion(1, "rating")],
            }
            for key in ("1", "2")
        ),
    )
    path = f"records/{one['id']}"
    changed = owner.patch(path, json={"suggestions": [suggestion(2, "rating"), suggestion("x", "comment")]})
    assert sorted(str(item["value"]) for item in changed.json()["suggestions"]) == ["2", "x"]
    assert owner.patch(path, json={"suggestions": [suggestion(9, "rating")]}).status_code == 422
    assert owner.get(path).json() == changed.json()
    assert owner.patch(path, json={"suggestions": []}).json()["suggestions"] == []
    assert owner.get(f"records/{other['id']}").json() == other
    for record in (one, other):
        assert owner.delete(f"records/{record['id']}").status_code == 200


def test_a_change_that_does_not_fit_changes_nothing(owner, dataset):
    (record,) = put(owner, dataset, pair("1", metadata={"seed": 1}, suggestions=[suggestion()]))
    for change in (
        {"fields": {}},
        {"fields": {"images": 1}},
        {"metadata": {"seed": "x"}, "suggestions": []},
        {"vectors": {"prompt": [1]}, "suggestions": []},
        {"suggestions": [suggestion(), suggestion()]},
        {"fields": []},
    ):
        assert owner.patch(f"records/{record['id']}", json=change).status_code == 422
    assert owner.get(f"records/{record['id']}").json() == record


def test_records_of_other_workspaces_and_of_nobody_do_not_exist(owner, world, dataset, noise):
    (record,) = put(owner, dataset, pair("1"))
    path = f"records/{record['id']}"
    for client, wrong in ((world["mia"], path), (world["adam"], f"records/{noise[0]['id']}")):
        assert client.get(wrong).status_code == 404
        assert client.patch(wrong, json={"metadata": {"seed": 1}}).status_code == 404
        assert client.delete(wrong).status_code == 404
    assert owner.get(f"records/{UNKNOWN}").status_code == 404
    assert owner.get("records/x").status_code == 422
    assert world["sam"].get(path).status_code == 404
    assert world["anna"].patch(path, json={}).status_code == 403
    assert world["anna"].delete(path).status_code == 403
    assert owner.get(path).json() == record


def test_an_annotator_sees_what_is_theirs_to_see_of_a_record(owner, world, dataset):
    hidden = {"name": "hidden", "settings": {"type": "terms"}, "visible_for_annotators": False}
    owner.post(f"datasets/{dataset}/metadata-properties", json=hidden)
    metadata = {"seed": 3, "hidden": "sd", "undeclared": "sd", "model_1": ["dev"], "tags": None}
    (whole,) = put(
        owner,
        dataset,
        pair(
            "1-quality",
            metadata=metadata,
            vectors={"prompt": [1, 2]},
            suggestions=[suggestion(agent="sd", score=0.5, type="model")],
            responses=[answer_of(world[name]) for name in ("ben", "anna")],
        ),
    )
    path = f"records/{whole['id']}"
    for name in ("olga", "adam"):
        assert world[name].get(path).json() == whole
    for name, responses in (("anna", whole["responses"][1:]), ("ben", whole["responses"][:1])):
        seen = world[name].get(path).json()
        assert list(seen["metadata"].items()) == [("seed", 3), ("model_1", ["dev"]), ("tags", None)]
        assert seen == {
            **whole,
            "external_id": whole["id"],
            "responses": responses,
            "metadata": {"seed": 3, "model_1": ["dev"], "tags": None},
            "suggestions": [{**whole["suggestions"][0], "type": None, "agent": None, "score": None}],
        }


# Deletion


def test_a_deleted_record_is_shown_once_more(owner, dataset):
    one, other = put(owner, dataset, pair("1", suggestions=[suggestion()]), pair("2"))
    deleted = owner.delete(f"records/{one['id']}")
    assert (deleted.status_code, deleted.json()) == (200, one)
    assert owner.delete(f"records/{one['id']}").status_code == 404
    assert keys_of(records(owner, dataset)) == ["2"]
    (again,) = put(owner, dataset, pair("1"))
    assert (again["suggestions"], again["responses"]) == ([], [])
    assert again["inserted_at"] > other["inserted_at"]


def test_up_to_100_records_are_deleted_at_once(owner, dataset, noise):
    some = put(owner, dataset, *(pair(str(n)) for n in range(102)))
    ids = [record["id"] for record in some]
    path = f"datasets/{dataset}/records"
    for wrong in (ids[:101], [], ["x"], [ids[0], ""], [ids[0], "x"]):
        assert owner.delete(path, params={"ids": ",".join(wrong)}).status_code == 422
    assert owner.delete(path).status_code == 422
    assert owner.get(path).json()["total"] == 102
    others = [UNKNOWN, noise[0]["id"]]
    deleted = owner.delete(path, params={"ids": ",".join([*ids[:97], ids[0], *others])})
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert keys_of(records(owner, dataset)) == [str(n) for n in range(97, 102)]
    assert owner.get(f"records/{noise[0]['id']}").json() == noise[0]


def test_deletion_is_for_admins_of_the_workspace(world, dataset, owner):
    (record,) = put(owner, dataset, pair("1"))
    for name, status in (("anna", 403), ("mia", 404), ("adam", 204)):
        answer = world[name].delete(f"datasets/{dataset}/records", params={"ids": record["id"]})
        assert answer.status_code == status


def test_records_that_go_are_no_longer_counted(owner, world, migrated_database):
    dataset = make_dataset(owner, "counted", min_submitted=2)
    anna, ben, adam = (world[name] for name in ("anna", "ben", "adam"))
    some = put(
        owner,
        dataset,
        pair("1", responses=[answer_of(anna), answer_of(ben)]),
        pair("2", responses=[answer_of(anna), answer_of(ben, status="discarded")]),
        pair("3", responses=[answer_of(anna, status="draft"), answer_of(ben), answer_of(adam)]),
        pair("4"),
    )

    def counts():
        assert_counted(migrated_database, dataset)
        team = owner.get(f"datasets/{dataset}/progress").json()
        own = anna.get(f"me/datasets/{dataset}/metrics").json()["responses"]
        return (
            (team["total"], team["completed"], team["pending"]),
            tuple(own[key] for key in ("total", "submitted", "discarded", "draft", "pending")),
        )

    assert counts() == ((4, 2, 2), (4, 2, 0, 1, 1))
    owner.delete(f"records/{some[0]['id']}")
    assert counts() == ((3, 1, 2), (3, 1, 0, 1, 1))
    gone = ",".join(record["id"] for record in some)
    owner.delete(f"datasets/{dataset}/records", params={"ids": gone})
    assert counts() == ((0, 0, 0), (0, 0, 0, 0, 0))
    put(owner, dataset, pair("1", responses=[answer_of(anna)]))
    assert counts() == ((1, 0, 1), (1, 1, 0, 0, 0))
