import uuid

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from diptych.jobs.worker import Worker
from diptych.models import Dataset, Job, Role
from diptych.records.search import indexes
from diptych.worker import JOB_KINDS
from tests.api.conftest import connected
from tests.api.datasets import make_dataset, pair, put
from tests.conftest import emptied

PAIRS = {
    "a": "A red house in the rain",
    "b": "a yellow house, painted in oil",
    "c": "红色的房子在雨中",
    "d": "rain-soaked dragon 🐉 over the city",
}


@pytest.fixture(scope="module")
def owner(shared_app, migrated_database):
    with emptied(migrated_database):
        yield connected(shared_app, migrated_database, "olga", Role.OWNER)


@pytest.fixture(scope="module")
def annotator(owner, shared_app, migrated_database):
    return connected(shared_app, migrated_database, "anna", Role.ANNOTATOR)


@pytest.fixture(scope="module")
def dataset(owner):
    """Four records with everything that can be searched for, and another dataset with the same."""
    for name in ("noise", "cats"):
        dataset = make_dataset(owner, name)
        put(owner, dataset, *(record(key, prompt, owner) for key, prompt in PAIRS.items()))
    return dataset


def record(key, prompt, owner):
    number = ord(key) - ord("a")
    return {
        "external_id": key,
        "fields": {
            "images": {"image_1": f"https://x.org/{key}", "image_2": "https://x.org/2", "prompt": prompt}
        },
        "metadata": {"model_1": "dev" if number % 2 else "sd", "seed": number, "tags": [key, "all"]},
        "vectors": {"prompt": [1.0, number]},
        "suggestions": [
            {"question_name": "preference", "value": "image_1", "score": number / 4, "agent": f"m-{key}"}
        ],
        "responses": [
            {
                "user_id": str(owner.user.id),
                "status": "submitted" if number else "draft",
                "values": {"preference": {"value": "image_2" if number % 2 else "both_good"}},
            }
        ]
        if number < 3
        else [],
    }


@pytest.fixture(scope="module")
def search(owner, dataset):
    def search(body=None, *, client=owner, own=False, **params):
        address = f"{'me/' if own else ''}datasets/{dataset}/records/search"
        answer = client.post(address, json=body or {}, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["total"] >= len(page["items"])
        return [item["record"]["external_id"] for item in page["items"]], page

    return search


def found(search, body, **options):
    return "".join(search(body, **options)[0])


def words(q, field=None):
    return {"query": {"text": {"q": q, "field": field}}}


def terms(scope, *values):
    return {"filters": {"type": "and", "and": [{"type": "terms", "values": values, "scope": scope}]}}


def between(scope, **bounds):
    return {"filters": {"type": "and", "and": [{"type": "range", "scope": scope, **bounds}]}}


def test_nothing_in_the_body_finds_everything(search):
    assert found(search, {}) == "abcd"
    assert search({}, offset=1, limit=2)[1]["total"] == 4
    assert found(search, {}, offset=1, limit=2) == "bc"


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("house", "ab"),
        ("HOUSE red", "a"),
        ("hous", ""),
        ("hous*", "ab"),
        ("rain", "ad"),
        ("rain-soaked", "d"),
        ("房子", "c"),
        ("雨中 红色", "c"),
        ("🐉", "d"),
        ("🐉 dragon", "d"),
        ("house 🐉", ""),
        ("'; drop table records", ""),
        ("%", ""),
        ('"', ""),
        ("* ' \\", ""),
    ],
)
def test_all_words_have_to_be_there(search, q, expected):
    assert "".join(sorted(found(search, words(q)))) == expected


def test_words_are_looked_for_in_one_field_or_in_any(search):
    assert found(search, words("house", "images"), limit=1) in {"a", "b"}
    assert search(words("house", "images"))[1]["total"] == 2


def test_a_page_of_words_is_as_stable_as_any(search):
    both = found(search, words("house"))
    assert found(search, words("house"), limit=1) + found(search, words("house"), offset=1) == both


RECORD = {"entity": "record"}
PREFERENCE = {"entity": "suggestion", "question": "preference"}
ANSWER = {"entity": "response", "question": "preference"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (terms({**RECORD, "property": "status"}, "completed"), "bc"),
        (terms({**RECORD, "property": "status"}, "pending", "no such"), "ad"),
        (terms({**RECORD, "property": "external_id"}, "b", "z"), "b"),
        (terms({**RECORD, "property": "id"}, "not an id"), ""),
        (between({**RECORD, "property": "inserted_at"}, ge="2020-01-01T00:00:00"), "abcd"),
        (between({**RECORD, "property": "inserted_at"}, le="2020-01-01T00:00:00Z"), ""),
        (terms({"entity": "response", "property": "status"}, "submitted"), "bc"),
        (terms({"entity": "response", "property": "status"}, "draft", "pending"), "ad"),
        (terms(ANSWER, "image_2"), "b"),
        (terms(ANSWER, "image_2", "both_good"), "abc"),
        (terms({**PREFERENCE, "property": "value"}, "image_1"), "abcd"),
        (terms(PREFERENCE, "image_2"), ""),
        (between({**PREFERENCE, "property": "score"}, ge=0.25, le=0.5), "bc"),
        (terms({**PREFERENCE, "property": "agent"}, "m-a"), "a"),
        (terms({**PREFERENCE, "property": "type"}, "human"), ""),
        (terms({"entity": "metadata", "metadata_property": "model_1"}, "dev"), "bd"),
        (terms({"entity": "metadata", "metadata_property": "seed"}, 2, "3"), "cd"),
        (between({"entity": "metadata", "metadata_property": "seed"}, ge=1, le=2), "bc"),
        (between({"entity": "metadata", "metadata_property": "seed"}, le=0.5), "a"),
        (terms({"entity": "metadata", "metadata_property": "tags"}, "b", "z"), "b"),
    ],
)
def test_filters_find_what_they_say(search, body, expected):
    assert found(search, body) == expected


def test_filters_by_id_find_the_record(search):
    _, page = search({})
    wanted = page["items"][2]["record"]["id"]
    assert found(search, terms({**RECORD, "property": "id"}, wanted, "x")) == "c"


def test_several_filters_and_words_hold_together(search):
    body = terms({"entity": "metadata", "metadata_property": "model_1"}, "sd") | words("house")
    assert found(search, body) == "a"


@pytest.mark.parametrize(
    ("scope", "order", "expected"),
    [
        ({**RECORD, "property": "inserted_at"}, "desc", "dcba"),
        ({"entity": "metadata", "metadata_property": "seed"}, "desc", "dcba"),
        ({"entity": "metadata", "metadata_property": "model_1"}, "asc", "bdac"),
        ({**PREFERENCE, "property": "score"}, "desc", "dcba"),
    ],
)
def test_hits_are_sorted(search, scope, order, expected):
    assert found(search, {"sort": [{"scope": scope, "order": order}]}) == expected


def similar(**query):
    return {"query": {"vector": {"name": "prompt", **query}}}


def test_similar_records_come_with_their_scores(search):
    ids, page = search(similar(value=[1.0, 0.0]))
    assert ids == ["a", "b", "c", "d"]
    scores = [item["query_score"] for item in page["items"]]
    assert scores[0] == 1.0
    assert scores[1] == pytest.approx((1 + 2**-0.5) / 2)


def test_the_reference_is_not_similar_to_itself(search):
    _, page = search({})
    reference = page["items"][0]["record"]["id"]
    assert found(search, similar(record_id=reference)) == "bcd"
    assert found(search, similar(record_id=reference, order="least_similar")) == "dcb"
    assert found(search, similar(record_id=reference), offset=1, limit=1) == "c"
    assert found(search, similar(record_id=reference), offset=5) == ""


def test_similar_records_pass_the_filters_too(search):
    body = similar(value=[1.0, 0.0]) | terms({"entity": "metadata", "metadata_property": "model_1"}, "dev")
    assert found(search, body) == "bd"


def test_a_vector_of_zeros_is_similar_to_everything_by_half(search):
    _, page = search(similar(value=[0.0, 0.0]))
    assert {item["query_score"] for item in page["items"]} == {0.5}


@pytest.mark.parametrize(
    "body",
    [
        words("x", "nope"),
        terms({"entity": "record", "property": "password_hash"}, "x"),
        terms({"entity": "record", "property": "__class__"}, "x"),
        terms({"entity": "user", "property": "username"}, "x"),
        terms({"entity": "metadata", "metadata_property": "nope"}, "x"),
        terms({"entity": "response", "question": "nope"}, "x"),
        terms({"entity": "response"}, "x"),
        terms({"entity": "suggestion", "question": "nope"}, "x"),
        terms({**PREFERENCE, "property": "id"}, "x"),
        terms({**RECORD, "property": "status"}),
        terms({**RECORD, "property": "inserted_at"}, "yesterday"),
        between({**RECORD, "property": "status"}, ge=1),
        between({"entity": "metadata", "metadata_property": "seed"}, ge="a"),
        between({"entity": "metadata", "metadata_property": "seed"}),
        {"filters": {"type": "and", "and": terms(RECORD | {"property": "id"}, "x")["filters"]["and"] * 51}},
        terms({**RECORD, "property": "id"}, *(["x"] * 251)),
        {"sort": [{"scope": {"entity": "response", "property": "status"}, "order": "asc"}]},
        {"sort": [{"scope": {**PREFERENCE, "property": "agent"}, "order": "asc"}]},
        {"sort": [{"scope": {**RECORD, "property": "id; drop"}, "order": "asc"}]},
        similar(),
        similar(value=[1.0]),
        similar(value=[1.0, "x"]),
        similar(value=[1.0, 0.0], record_id="00000000-0000-0000-0000-000000000000"),
        similar(value=[1.0, 0.0]) | {"query": {"vector": {"name": "nope", "value": [1.0, 0.0]}}},
        words("a\0b"),
    ],
)
def test_what_is_not_understood_is_refused(owner, dataset, body):
    answer = owner.post(f"datasets/{dataset}/records/search", json=body)
    assert answer.status_code == 422, answer.text


def test_a_record_without_the_vector_cannot_be_the_reference(owner, dataset):
    (bare,) = put(owner, dataset, pair("bare"))
    answer = owner.post(f"datasets/{dataset}/records/search", json=similar(record_id=bare["id"]))
    owner.delete(f"records/{bare['id']}")
    assert answer.status_code == 422
    assert answer.json()["detail"]["code"] == "missing_vector"


def test_annotators_search_what_is_theirs_to_see(search, annotator):
    _, page = search({}, client=annotator, own=True, include=["responses", "suggestions"])
    first = page["items"][0]["record"]
    assert first["responses"] == []
    assert first["metadata"] == {"model_1": "sd", "seed": 0, "tags": ["a", "all"]}
    assert first["suggestions"][0]["agent"] is None


def test_hidden_metadata_is_unknown_to_annotators(owner, dataset, annotator):
    (model,) = [
        item
        for item in owner.get(f"me/datasets/{dataset}/metadata-properties").json()["items"]
        if item["name"] == "model_1"
    ]
    owner.patch(f"metadata-properties/{model['id']}", json={"visible_for_annotators": False})
    body = terms({"entity": "metadata", "metadata_property": "model_1"}, "dev")
    assert annotator.post(f"me/datasets/{dataset}/records/search", json=body).status_code == 422
    assert owner.post(f"me/datasets/{dataset}/records/search", json=body).status_code == 200
    agents = terms({**PREFERENCE, "property": "agent"}, "m-a")
    assert annotator.post(f"me/datasets/{dataset}/records/search", json=agents).status_code == 422
    page = annotator.post(f"me/datasets/{dataset}/records/search", json={}).json()
    assert "model_1" not in page["items"][0]["record"]["metadata"]
    owner.patch(f"metadata-properties/{model['id']}", json={"visible_for_annotators": True})


def test_pending_means_without_an_answer_of_mine(search, annotator):
    pending = terms({"entity": "response", "property": "status"}, "pending")
    assert found(search, pending) == "d"
    assert search(pending, client=annotator, own=True)[1]["total"] == 4
    assert found(search, terms(ANSWER, "image_2"), client=annotator, own=True) == ""


@pytest.fixture(scope="module")
def large(owner):
    """A dataset with more records than fit on a few pages of the database, of which four mention a house."""
    dataset = make_dataset(owner, "large")
    (vector,) = owner.get(f"datasets/{dataset}/vectors-settings").json()["items"]
    values = {"dataset_id": dataset, "vector_id": vector["id"]}
    with owner.app.state.database.alone() as connection:
        connection.execute(
            text("""
                INSERT INTO records (dataset_id, id, external_id, fields, metadata, position, min_submitted)
                SELECT :dataset_id, gen_random_uuid(), n, json_build_object('images', 'word' || n % 97 ||
                       CASE WHEN n % 1000 = 0 THEN ' house' ELSE '' END), '{}', n, 1
                FROM generate_series(1, 4000) n
            """),
            values,
        )
        connection.execute(
            text("""
                INSERT INTO vectors (dataset_id, record_id, vectors_settings_id, value)
                SELECT dataset_id, id, :vector_id, CAST(ARRAY[cos(position), sin(position)] AS vector)
                FROM records WHERE dataset_id = :dataset_id
            """),
            values,
        )
        connection.exec_driver_sql("ANALYZE records, vectors")
    return dataset


@pytest.fixture
def plan_of(owner):
    """Return the plan of the statement with ``part`` in it that ``work`` executes."""
    database = owner.app.state.database

    def plan_of(part, work):
        seen = []

        def see(_connection, _cursor, statement, parameters, *_):
            if part in statement:
                seen.append((statement, parameters))

        event.listen(database.engine, "before_cursor_execute", see)
        work()
        event.remove(database.engine, "before_cursor_execute", see)
        with database.alone() as connection:
            return str(connection.exec_driver_sql(f"EXPLAIN {seen[0][0]}", seen[0][1]).all())

    return plan_of


@pytest.mark.parametrize(
    ("body", "part", "hits"), [(words("house"), "@@", 4), (similar(value=[1.0, 0.0]), "<=>", 1_000)]
)
def test_an_index_appears_when_a_large_dataset_is_searched(
    monkeypatch, owner, large, plan_of, body, part, hits
):
    def search():
        page = owner.post(f"datasets/{large}/records/search", json=body).json()
        assert page["total"] == hits
        return [item["record"]["external_id"] for item in page["items"]]

    database = owner.app.state.database
    worker = Worker(database, owner.app.state.settings, JOB_KINDS)
    monkeypatch.setattr(indexes, "PAYS_FROM", 0)
    before = search()
    search()
    (job,) = open_jobs(database)
    name = job.key.removeprefix("build ")
    worker.run_waiting()
    try:
        assert name in plan_of(part, search)
        assert search() == before
        assert open_jobs(database) == []
    finally:
        with database.transaction() as session:
            indexes.drop_soon(session, [name])
        worker.run_waiting()
    monkeypatch.setattr(indexes, "PAYS_FROM", 1_000_000)
    assert name not in plan_of(part, search)


def open_jobs(database):
    with database.transaction() as session:
        return session.scalars(select(Job).where(Job.kind == "build_index", Job.finished_at.is_(None))).all()


def test_an_index_that_was_left_half_done_is_made_again(owner, large):
    database = owner.app.state.database
    worker = Worker(database, owner.app.state.settings, JOB_KINDS)
    with database.transaction() as session:
        dataset = session.get(Dataset, uuid.UUID(large))
        name, _ = indexes.text_index(dataset)
    with database.alone() as connection, pytest.raises(IntegrityError):
        connection.exec_driver_sql(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON records (dataset_id)")
    with database.transaction() as session:
        assert session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) == name
        assert not indexes.is_ready(session, dataset)
        indexes.build_soon(session, dataset)
    worker.run_waiting()
    with database.transaction() as session:
        assert indexes.is_ready(session, dataset)
        indexes.drop_soon(session, [name])
    worker.run_waiting()
