import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.sdk import made

PROMPTS = {
    "a": "A red house in the rain",
    "b": "a yellow house, painted in oil",
    "c": "红色的房子在雨中",
    "d": "rain-soaked dragon 🐉 over the city",
}
# Cosines with (1, 0): 1, 0, -1 and about 0.7.
VECTORS = {"a": [2.0, 0.0], "b": [0.0, 1.0], "c": [-1.0, 0.0], "d": [1.0, 1.0]}
STATUSES = {"a": "submitted", "b": "draft", "c": "discarded"}


@pytest.fixture(scope="module")
def dataset(rg, client, people):
    """Four records with everything that can be searched for, and another dataset with the same."""
    settings = made.campaign(rg, dimensions=2, min_submitted=1)
    settings.add(rg.IntegerMetadataProperty(name="seed"))
    settings.add(rg.FloatMetadataProperty(name="scale"))
    settings.add(rg.RatingQuestion(name="quality", values=[1, 2, 3], required=False))
    for name in ("noise", "cats"):
        dataset = rg.Dataset(name, workspace="default", settings=settings, client=client).create()
        dataset.records.log([_record(rg, people[0], *item) for item in enumerate(PROMPTS)])
    return dataset


def _record(rg, person, number, key):
    record = made.pair(number, id=key, vectors={"prompt": VECTORS[key]})
    record["fields"]["images"]["prompt"] = PROMPTS[key]
    record["metadata"] |= {"seed": number, "scale": number / 2}
    answers = [("preference", "image_1" if number else "both_bad"), ("quality", 1 + number % 3)]
    return rg.Record(
        **record,
        suggestions=[
            rg.Suggestion("preference", made.LABELS[number], score=number / 4, agent=f"m-{key}", type="model")
        ],
        responses=[
            rg.Response(name, value, person.id, status=STATUSES[key])
            for name, value in answers
            if key in STATUSES
        ],
    )


@pytest.fixture(scope="module")
def find(rg, dataset):
    """Return the ids of what is found by conditions, by words or by a vector."""

    def find(*conditions, **query):
        if conditions:
            query["filter"] = rg.Filter([*conditions])
        found = dataset.records(query=rg.Query(**query))
        return "".join(getattr(record, "id", "") for record in found)

    return find


@pytest.fixture(scope="module")
def like(rg, dataset):
    """Return the ids and scores of what is similar: ``like([1.0, 0.0])``."""

    def like(value, name="prompt", conditions=None, **options):
        similar = rg.Similar(name=name, value=value, most_similar=options.pop("most_similar", True))
        query = rg.Query(similar=similar, filter=conditions)
        found = dataset.records(query=query, **options)
        return [(record.id, pytest.approx(score, abs=1e-6)) for record, score in found]

    return like


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("house", {"a", "b"}),
        ("RED house", {"a"}),
        ("rain", {"a", "d"}),
        ("房子", {"c"}),
        ("dragon 🐉", {"d"}),
        ("submarine", set()),
    ],
)
def test_words_find_the_records_that_have_them_all(dataset, words, expected):
    assert {record.id for record in dataset.records(query=words)} == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("status", "==", "completed"), "a"),
        (("status", "==", "pending"), "bcd"),
        (("status", "in", ["pending", "completed"]), "abcd"),
        (("response.status", "==", "submitted"), "a"),
        (("response.status", "==", "draft"), "b"),
        (("response.status", "==", "discarded"), "c"),
        (("response.status", "==", "pending"), "d"),
        (("response.status", "in", ["draft", "pending"]), "bd"),
        (("preference.response", "==", "both_bad"), "a"),
        (("preference.response", "in", ["image_1", "image_2"]), "bc"),
        (("quality.response", "==", 2), "b"),
        (("quality.response", ">=", 2), "bc"),
        (("preference.suggestion", "==", "image_2"), "b"),
        (("preference", "==", "image_2"), "b"),
        (("preference.suggestion", "in", ["image_1", "both_bad", "toxic_content"]), "ad"),
        (("preference.score", ">=", 0.5), "cd"),
        (("preference.score", "<=", 0.25), "ab"),
        (("preference.agent", "==", "m-c"), "c"),
        (("preference.type", "==", "model"), "abcd"),
        (("preference.type", "==", "human"), ""),
        (("metadata.evolution", "==", "simplified"), "bd"),
        (("metadata.evolution", "in", ["quality", "simplified"]), "abcd"),
        (("metadata.seed", ">=", 2), "cd"),
        (("metadata.seed", "<=", 0), "a"),
        (("metadata.scale", ">=", 1.5), "d"),
        (("metadata.scale", "<=", 0.5), "ab"),
        (("id", "==", "c"), "c"),
        (("id", "in", ["d", "b", "nothing"]), "bd"),
    ],
)
def test_a_condition_finds_what_meets_it(find, condition, expected):
    assert find(condition) == expected


def test_the_id_of_the_server_finds_its_record(dataset, find):
    (record,) = dataset.records(start_offset=1, limit=1)
    assert find(("_server_id", "==", str(record._server_id))) == "b"
    assert find(("_server_id", "in", [str(record._server_id), str(uuid.UUID(int=1))])) == "b"


@pytest.mark.parametrize("moment", ["inserted_at", "updated_at"])
def test_a_moment_finds_what_came_before_or_after_it(find, moment):
    now = datetime.now(UTC).replace(tzinfo=None)
    soon, long_ago = (now + timedelta(hours=1)).isoformat(), "2020-01-01T00:00:00"
    assert find((moment, ">=", long_ago)) == "abcd"
    assert find((moment, ">=", soon)) == ""
    assert find((moment, "<=", soon), (moment, ">=", long_ago)) == "abcd"
    assert find((moment, "<=", now - timedelta(days=1))) == ""


def test_all_conditions_have_to_be_met(find):
    conditions = ("response.status", "in", ["submitted", "draft"]), ("metadata.evolution", "==", "quality")
    assert find(*conditions) == "a"
    assert find(*conditions, query="rain house") == "a"
    assert find(*conditions, query="dragon") == ""


def test_pages_of_what_is_found_are_parts_of_the_whole(rg, dataset):
    query = rg.Query(filter=("status", "==", "pending"))
    assert [record.id for record in dataset.records(query, batch_size=1)] == ["b", "c", "d"]
    assert [record.id for record in dataset.records(query, start_offset=1, limit=1)] == ["c"]


def test_what_is_found_has_the_parts_that_are_asked_for(rg, dataset):
    query = rg.Query(filter=("id", "==", "a"))
    (full,) = dataset.records(query, with_vectors=True)
    assert (len(full.responses), len(full.suggestions), full.vectors) == (2, 1, {"prompt": [2.0, 0.0]})
    (bare,) = dataset.records(query, with_responses=False, with_suggestions=False)
    assert (len(bare.responses), len(bare.suggestions), bare.vectors) == (0, 0, {})


def test_what_is_found_is_exported_as_everything_is(rg, dataset):
    found = dataset.records(rg.Query(filter=("id", "in", ["a", "b", "c", "d"])))
    assert found.to_list(flatten=True) == dataset.records.to_list(flatten=True)


def test_the_most_similar_to_a_vector_come_first(like):
    diagonal = (1 + 0.5**0.5) / 2
    assert like([1.0, 0.0]) == [("a", 1.0), ("d", diagonal), ("b", 0.5), ("c", 0.0)]
    assert like([1.0, 0.0], limit=2) == [("a", 1.0), ("d", diagonal)]
    assert like([1.0, 0.0], batch_size=3, start_offset=1) == [("d", diagonal), ("b", 0.5), ("c", 0.0)]


def test_the_least_similar_to_a_vector_come_first(like):
    diagonal = (1 + 0.5**0.5) / 2
    assert like([1.0, 0.0], most_similar=False) == [("c", 0.0), ("b", 0.5), ("d", diagonal), ("a", 1.0)]


def test_a_record_is_not_similar_to_itself(dataset, like):
    (record,) = dataset.records(limit=1)
    diagonal = (1 + 0.5**0.5) / 2
    assert like(record) == [("d", diagonal), ("b", 0.5), ("c", 0.0)]
    assert like(record, most_similar=False) == [("c", 0.0), ("b", 0.5), ("d", diagonal)]


def test_similar_records_meet_the_conditions_too(like):
    assert like([1.0, 0.0], conditions=[("metadata.evolution", "==", "quality")]) == [("a", 1.0), ("c", 0.0)]


@pytest.mark.parametrize(
    "condition",
    [
        ("metadata.unknown", "==", "x"),
        ("unknown.response", "==", "x"),
        ("unknown.suggestion", "==", "x"),
        ("unknown.score", ">=", 0.5),
        ("unknown", "==", "x"),
    ],
)
def test_an_unknown_name_is_refused(rg, find, condition):
    with pytest.raises(rg._exceptions.UnprocessableEntityError, match="unknown"):
        find(condition)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("unknown", [1.0, 0.0], "unknown"), ("prompt", [1.0], "2"), ("prompt", [0.5, 1.0, 2.0], "2")],
)
def test_a_vector_that_does_not_fit_is_refused(rg, like, name, value, reason):
    with pytest.raises(rg._exceptions.UnprocessableEntityError, match=reason):
        like(value, name)


def test_a_record_without_the_vector_is_like_none(rg, dataset, like):
    dataset.records.log([rg.Record(**made.pair(9, id="bare"))])
    (bare,) = dataset.records(start_offset=len(PROMPTS))
    with pytest.raises(rg._exceptions.UnprocessableEntityError, match="vector"):
        like(bare)
    assert "bare" not in dict(like([1.0, 0.0]))
    bare.delete()


def test_an_annotator_does_not_search_what_others_answered(rg, connect, keys, dataset):
    theirs = connect(keys["ada"]).datasets("cats")
    with pytest.raises(rg._exceptions.ForbiddenError):
        list(theirs.records(query="house"))
