import uuid

import pytest

from tests.sdk import made

FULL = {
    "vectors": {"prompt": [1.0, 2.0], "other": [0.5, 0.5]},
    "metadata": {"model_1": "dev", "category": "Manga"},
}


@pytest.fixture(scope="module")
def settings(rg):
    settings = made.campaign(rg, dimensions=2, min_submitted=1)
    settings.add(rg.VectorField(name="other", dimensions=2))
    settings.add(rg.RatingQuestion(name="quality", values=[1, 2, 3], required=False))
    return settings


@pytest.fixture
def dataset(rg, client, settings, people):
    """Three records; the first has everything."""
    dataset = rg.Dataset("changing", workspace="default", settings=settings, client=client).create()
    ada = people[0].id
    full = rg.Record(
        **made.pair(0) | FULL,
        suggestions=[rg.Suggestion("preference", "image_1"), rg.Suggestion("quality", 2)],
        responses=[
            rg.Response("preference", "both_bad", ada, status="submitted"),
            rg.Response("quality", 1, ada, status="submitted"),
        ],
    )
    dataset.records.log([full, rg.Record(**made.pair(1)), rg.Record(**made.pair(2))])
    yield dataset
    dataset.delete()


def read(dataset):
    return list(dataset.records(with_vectors=True))


def values(suggestions):
    return {suggestion.question_name: suggestion.value for suggestion in suggestions}


def send(dataset, *items):
    """Send records as they are; what the SDK cannot say goes to the same address."""
    client = dataset._client.http_client
    return client.put(f"/api/v1/datasets/{dataset.id}/records/bulk", json={"items": items})


def test_a_record_gets_itself_with_vectors(dataset):
    (record,) = dataset.records(limit=1, with_responses=False, with_suggestions=False)
    record.get()
    assert record.vectors == FULL["vectors"]
    assert [(answer.question_name, answer.value) for answer in record.responses] == [
        ("preference", "both_bad"),
        ("quality", 1),
    ]
    assert values(record.suggestions) == {"preference": "image_1", "quality": 2}
    assert record.status == "completed"


def test_a_record_updates_its_parts(rg, dataset):
    record = read(dataset)[0]
    record.fields["images"]["prompt"] = "another cat"
    record.metadata["model_1"] = "sd"
    record.vectors["prompt"] = [3.0, 4.0]
    record.suggestions.add(rg.Suggestion("preference", "image_2", score=0.5, agent="scorer-v2"))
    record.update()
    found = read(dataset)[0]
    assert found.fields["images"] == {**made.pair(0)["fields"]["images"], "prompt": "another cat"}
    assert list(found.metadata.items()) == [("model_1", "sd"), ("category", "Manga")]
    assert found.vectors == {"prompt": [3.0, 4.0], "other": [0.5, 0.5]}
    assert values(found.suggestions) == {"preference": "image_2", "quality": 2}
    assert (found.suggestions["preference"].score, found.suggestions["preference"].agent) == (
        0.5,
        "scorer-v2",
    )
    assert len(found.responses) == 2


def test_an_update_takes_away_the_suggestions_that_are_not_in_it(dataset):
    record = read(dataset)[0]
    del record.suggestions._suggestion_by_question_name["preference"]
    record.update()
    assert values(read(dataset)[0].suggestions) == {"quality": 2}


def test_a_deleted_record_is_gone_with_its_answers(dataset):
    read(dataset)[0].delete()
    assert [record.id for record in read(dataset)] == ["1-simplified", "2-quality"]
    assert dataset.progress(with_users_distribution=True) == {
        "total": 2,
        "completed": 0,
        "pending": 2,
        "users": {},
    }


def test_many_records_are_deleted_in_batches(rg, dataset):
    dataset.records.log([rg.Record(**made.pair(number)) for number in range(3, 110)])
    dataset.records.delete(read(dataset)[1:], batch_size=100)
    assert [record.id for record in read(dataset)] == ["0-quality"]


def test_a_value_for_a_question_changes_its_suggestion_and_nothing_else(dataset):
    before = read(dataset)[0]
    dataset.records.log([{"id": "0-quality", "preference": "both_good"}])
    after = read(dataset)[0]
    assert values(after.suggestions) == {"preference": "both_good", "quality": 2}
    for part in ("fields", "metadata", "vectors", "status"):
        assert getattr(after, part) == getattr(before, part)
    assert len(after.responses) == 2


def test_only_the_vectors_that_are_given_change(rg, dataset):
    dataset.records.log([rg.Record(id="0-quality", vectors={"other": [9.0, 9.0]})])
    record = read(dataset)[0]
    assert record.vectors == {"prompt": [1.0, 2.0], "other": [9.0, 9.0]}
    assert record.metadata == FULL["metadata"]


def test_metadata_is_replaced_as_a_whole_and_kept_if_it_is_empty(rg, dataset):
    dataset.records.log([rg.Record(id="0-quality", metadata={"seed": 3})])
    assert read(dataset)[0].metadata == {"seed": 3}
    dataset.records.log([rg.Record(id="0-quality", fields=made.pair(5)["fields"], metadata={})])
    record = read(dataset)[0]
    assert record.metadata == {"seed": 3}
    assert record.fields == made.pair(5)["fields"]


def test_another_answer_of_a_person_takes_the_place_of_theirs(rg, dataset, people):
    ada, ben, _ = people
    answers = [
        rg.Response("preference", "toxic_content", ada.id, status="draft"),
        rg.Response("preference", "image_1", ben.id, status="discarded"),
    ]
    dataset.records.log([rg.Record(id="0-quality", responses=answers)])
    record = read(dataset)[0]
    assert [(item.value, item.user_id, item.status.value) for item in record.responses] == [
        ("toxic_content", ada.id, "draft"),
        ("image_1", ben.id, "discarded"),
    ]
    assert record.status == "pending"


@pytest.mark.filterwarnings("ignore:Keys .* will be ignored:UserWarning")  # they are not
def test_a_dictionary_with_a_mapping_becomes_records_with_answers(dataset, people):
    row = {
        "key": "9",
        "both": made.pair(9)["fields"]["images"],
        "mine": "image_2",
        "model": "scorer",
        "p": 0.5,
    }
    mapping = {
        "key": "id",
        "both": "images",
        "mine": ("preference.response", "preference.suggestion"),
        "model": "preference.suggestion.agent",
        "p": "preference.suggestion.score",
    }
    dataset.records.log([row], mapping=mapping, user_id=people[0].id)
    record = read(dataset)[-1]
    assert (record.id, record.fields) == ("9", made.pair(9)["fields"])
    assert [(item.value, item.user_id, item.status) for item in record.responses] == [
        ("image_2", people[0].id, "draft")
    ]
    suggestion = record.suggestions["preference"]
    assert (suggestion.value, suggestion.score, suggestion.agent) == ("image_2", 0.5, "scorer")


def test_a_record_is_known_by_the_id_of_the_server(rg, dataset):
    known = read(dataset)[1]._server_id
    dataset.records.log([rg.Record(id="renamed", metadata={"seed": 1}, _server_id=known)])
    record = read(dataset)[1]
    assert (record.id, record._server_id, record.metadata) == ("1-simplified", known, {"seed": 1})
    assert dataset.progress()["total"] == 3


def test_an_unknown_id_of_a_server_makes_a_new_record(rg, dataset):
    stranger = uuid.uuid4()
    dataset.records.log([rg.Record(**made.pair(7), _server_id=stranger)])
    assert [record.id for record in read(dataset)][3:] == ["7-simplified"]
    assert read(dataset)[3]._server_id != stranger


def test_the_reply_is_in_the_order_of_the_request(dataset):
    new = {"fields": made.pair(8)["fields"], "external_id": "new"}
    old = [{"external_id": key, "metadata": {"seed": 1}} for key in ("2-quality", "0-quality")]
    reply = send(dataset, old[0], new, old[1]).json()
    assert [item["external_id"] for item in reply["items"]] == ["2-quality", "new", "0-quality"]
    assert reply["updated_item_ids"] == [reply["items"][0]["id"], reply["items"][2]["id"]]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"fields": {"image": {}}}, "image"),
        ({"fields": {"images": None}}, "images"),
        ({"fields": {"images": made.pair(9)["fields"]["images"] | {"image_2": None}}}, "images.image_2"),
        ({"fields": {"images": made.pair(9)["fields"]["images"] | {"image_1": "a.png"}}}, "images.image_1"),
        ({"fields": {"images": {}}}, "images.prompt"),
        ({"metadata": {"model_1": "dalle"}}, "model_1"),
        ({"vectors": {"prompt": [1.0]}}, "prompt"),
        ({"vectors": {"unknown": [1.0, 2.0]}}, "unknown"),
        ({"metadata": {"status": "mine"}}, "status"),
        ({"metadata": {"images": "mine"}}, "images"),
        ({"metadata": {"prompt": "mine"}}, "prompt"),
        ({"metadata": {"preference.responses": "mine"}}, "preference.responses"),
    ],
)
def test_a_batch_with_a_bad_record_is_refused_as_a_whole(rg, dataset, bad, reason):
    before = dataset.records.to_list()
    records = [rg.Record(**made.pair(number)) for number in range(3, 6)]
    bad = rg.Record(**made.pair(9) | bad)
    with pytest.raises(
        rg._exceptions.UnprocessableEntityError, match="Record at position 2 is not valid"
    ) as error:
        # The SDK looks up a field by its name before it sends it.
        dataset.records._api.bulk_upsert(
            dataset_id=dataset.id,
            records=[record.api_model() for record in (*records[:2], bad, records[2])],
        )
    assert reason in str(error.value)
    assert dataset.records.to_list() == before


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"question_name": "preference", "value": "image_3"}, "image_3"),
        ({"question_name": "quality", "value": 1}, "preference"),
        ({"question_name": "preference", "value": "image_1", "user_id": uuid.UUID(int=1)}, "add this user"),
    ],
)
def test_an_answer_that_does_not_fit_refuses_the_batch(rg, dataset, people, answer, reason):
    answer = rg.Response(**{"user_id": people[1].id, "status": "submitted"} | answer)
    record = rg.Record(id="1-simplified", responses=[answer])
    with pytest.raises(rg._exceptions.UnprocessableEntityError, match="position 0") as error:
        dataset.records.log([record])
    assert reason in str(error.value)
    assert len(read(dataset)[1].responses) == 0


def test_a_record_stands_once_in_a_batch(rg, dataset):
    with pytest.raises(rg._exceptions.UnprocessableEntityError, match="position 1"):
        dataset.records.log([rg.Record(**made.pair(4)), rg.Record(**made.pair(4))])
    assert dataset.progress()["total"] == 3


def test_another_distribution_opens_completed_records(rg, dataset):
    dataset.settings.distribution = rg.TaskDistribution(min_submitted=2)
    dataset.settings.update()
    assert dataset.progress() == {"total": 3, "completed": 0, "pending": 3}
    dataset.settings.distribution = rg.TaskDistribution(min_submitted=1)
    dataset.settings.update()
    assert [record.status for record in read(dataset)] == ["completed", "pending", "pending"]
