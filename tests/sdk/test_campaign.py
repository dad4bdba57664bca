"""The campaign at half its size: three people answer some of 5,000 records with vectors."""

import json

import pytest

from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.models import Dataset
from tests.sdk import made

# The SDK says so of each response without values, which a plain discard is.
pytestmark = pytest.mark.filterwarnings("ignore:`user_id` not provided:UserWarning")
SIZE = 5_000
# Who answered what over the API, as the page does, after everybody answered 0 to 9 by a log.
COMPLETED = 10


def vector(number):
    """Return 256 floats that single precision writes with all their digits."""
    return [number / 8, *(place / 64 for place in range(255))]


@pytest.fixture(scope="module")
def dataset(rg, client, keys, connect, people):
    dataset = rg.Dataset("campaign", workspace="default", settings=made.campaign(rg), client=client).create()
    records = [
        rg.Record(
            **made.pair(number), vectors={"prompt": vector(number)}, responses=_answers(rg, people, number)
        )
        for number in range(SIZE)
    ]
    records[7].suggestions.add(rg.Suggestion("preference", "image_2", score=0.75, agent="scorer-v1"))
    dataset.records.log(records)
    ids = [str(record._server_id) for record in dataset.records(limit=20)]
    values = {"preference": {"value": "both_bad"}}
    _send(
        connect(keys["ada"]),
        {"record_id": ids[10], "status": "submitted", "values": values},
        {"record_id": ids[11], "status": "discarded"},
        {"record_id": ids[12], "status": "discarded", "values": values},
        {"record_id": ids[13], "status": "draft", "values": values},
        {"record_id": ids[0], "status": "submitted", "values": values},
    )
    _send(connect(keys["ben"]), {"record_id": ids[10], "status": "submitted", "values": values})
    return dataset


def _answers(rg, people, number):
    labels = [*made.LABELS, *made.LABELS]
    return [
        rg.Response("preference", labels[number // 2 + place], person.id, status="submitted")
        for place, person in enumerate(people)
        if number < COMPLETED
    ]


def _send(client, *answers):
    reply = client.http_client.post("/api/v1/me/responses/bulk", json={"items": answers})
    assert [outcome["error"] for outcome in reply.json()["items"]] == [None] * len(answers)


@pytest.fixture(scope="module")
def records(dataset):
    """All records with their vectors, which are read once."""
    return list(dataset.records(with_vectors=True))


@pytest.fixture(scope="module")
def rows(migrated_database, dataset):
    with migrated_database.transaction() as session:
        exported = session.get_one(Dataset, dataset.id)

    def rows(**options):
        return json.loads(b"".join(export(migrated_database, exported, format=ExportFormat.JSON, **options)))

    return rows


def ids(records):
    return [record.id for record in records]


def test_the_records_come_back_in_their_order_as_they_went_in(records):
    assert len(records) == SIZE
    for number, record in enumerate(records):
        expected = made.pair(number)
        assert record.id == expected["id"]
        assert record.fields == expected["fields"]
        assert list(record.metadata.items()) == list(expected["metadata"].items())
        assert record.vectors == {"prompt": vector(number)}


def test_answers_come_back_by_whoever_gave_them(records, people):
    ada, ben, cleo = (person.id for person in people)

    def answers(number):
        return [(answer.user_id, answer.value, answer.status.value) for answer in records[number].responses]

    assert answers(2) == [
        (ada, "image_2", "submitted"),
        (ben, "both_good", "submitted"),
        (cleo, "both_bad", "submitted"),
    ]
    assert answers(0) == [
        (ada, "both_bad", "submitted"),
        (ben, "image_2", "submitted"),
        (cleo, "both_good", "submitted"),
    ]
    assert answers(10) == [(ada, "both_bad", "submitted"), (ben, "both_bad", "submitted")]
    assert answers(11) == []
    assert answers(12) == [(ada, "both_bad", "discarded")]
    assert answers(13) == [(ada, "both_bad", "draft")]
    assert not any(answers(number) for number in range(14, SIZE))


def test_three_answers_complete_a_record(records):
    assert ids(record for record in records if record.status == "completed") == ids(records[:COMPLETED])


def test_progress_counts_records_and_what_everybody_did(dataset):
    nothing = {"submitted": 0, "discarded": 0, "draft": 0}
    ten = {**nothing, "submitted": COMPLETED}
    assert dataset.progress() == {"total": SIZE, "completed": COMPLETED, "pending": SIZE - COMPLETED}
    assert dataset.progress(with_users_distribution=True) == {
        "total": SIZE,
        "completed": COMPLETED,
        "pending": SIZE - COMPLETED,
        "users": {
            "ada": {"completed": ten, "pending": {"submitted": 1, "discarded": 2, "draft": 1}},
            "ben": {"completed": ten, "pending": {**nothing, "submitted": 1}},
            "cleo": {"completed": ten, "pending": nothing},
        },
    }


@pytest.mark.parametrize(
    ("options", "start", "end"),
    [
        ({"limit": 1}, 0, 1),
        ({"limit": 300}, 0, 300),
        ({"limit": 7, "batch_size": 3}, 0, 7),
        ({"start_offset": SIZE - 5}, SIZE - 5, SIZE),
        ({"start_offset": 2_500, "limit": 5}, 2_500, 2_505),
        ({"start_offset": SIZE}, SIZE, SIZE),
        ({"start_offset": SIZE + 10, "limit": 5}, SIZE, SIZE),
        ({"start_offset": 3_900, "batch_size": 1_000}, 3_900, SIZE),
    ],
)
def test_any_part_is_the_same_part_of_the_whole(dataset, records, options, start, end):
    assert ids(dataset.records(**options)) == ids(records[start:end])


def test_more_than_a_thousand_at_once_are_refused(rg, dataset):
    with pytest.raises(rg._exceptions.UnprocessableEntityError, match="1000"):
        list(dataset.records(batch_size=1_001))


def test_responses_and_suggestions_come_only_if_they_are_asked_for(dataset):
    options = {"start_offset": 7, "limit": 1}
    (record,) = dataset.records(**options)
    assert (len(record.responses), len(record.suggestions), record.vectors) == (3, 1, {})
    (record,) = dataset.records(with_responses=False, with_suggestions=False, **options)
    assert (len(record.responses), len(record.suggestions)) == (0, 0)


def test_the_server_exports_the_rows_of_the_sdk(dataset, rows):
    theirs = dataset.records.to_list(flatten=True)
    assert rows() == theirs
    assert list(theirs[0])[:9] == [
        *("id", "status", "_server_id", "images"),
        *("model_1", "model_2", "evolution", "category", "sub_category"),
    ]
    assert theirs[14]["preference.responses"] is None
    assert theirs[11]["preference.responses"] is None


def test_the_server_exports_the_rows_of_the_sdk_with_vectors(rg, records, rows):
    assert rows(with_vectors=True) == rg.records._io.GenericIO.to_list(records, flatten=True)


def test_the_order_is_not_that_of_changes(rg, dataset, records):
    dataset.records.log([rg.Record(id=records[3].id, metadata=dict(records[3].metadata))])
    assert ids(dataset.records(limit=10)) == ids(records[:10])
