"""The shapes in which a record comes, and what is refused in each."""

import hashlib
import uuid

import pytest
from sqlalchemy import select

from diptych.core.db import compact_json
from diptych.core.errors import InvalidError
from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.models import Field, MetadataProperty, Question, Response, Suggestion, Vector, VectorSettings
from tests import factories
from tests.factories import shapes

A, B = "https://images.example.org/a.webp", "https://images.example.org/b.webp"
PEOPLE = [str(uuid.uuid4()) for _ in range(3)]


def nested(**values):
    return {"id": "1", "fields": {"images": {"prompt": "a cat", "image_1": A, "image_2": B}}, **values}


def flat(**values):
    return {"id": "1", "images": {"prompt": "a cat", "image_1": A, "image_2": B}, **values}


def answers(*values, people=PEOPLE):
    return [{"value": value, "user_id": person} for value, person in zip(values, people, strict=False)]


@pytest.fixture
def refused(load):
    """Import one bad record and return the column and the reason."""

    def refused(record, **options):
        report = load([record], name="rows.jsonl", dry_run=True, **options)
        assert (report.rows, report.bad) == (1, 1)
        return load.problems[0].column, load.problems[0].reason

    return refused


def test_a_row_is_a_prompt_two_images_an_id_and_metadata(load):
    load(f"model_2,prompt,image_1,id,image_2,model_1,note\nsd,a cat,{A},7,{B},dev,\n")
    (record,) = load.records()
    assert (record.external_id, record.min_submitted, record.submitted_count) == ("7", 1, 0)
    assert compact_json(record.fields) == compact_json(
        {"images": {"image_1": A, "image_2": B, "prompt": "a cat"}}
    )
    assert compact_json(record.metadata_) == '{"model_2":"sd","model_1":"dev"}'


def test_json_rows_keep_their_types(load):
    row = {
        "prompt": "a cat",
        "image_1": A,
        "image_2": B,
        "seed": 5,
        "tags": ["x"],
        "score": 0.5,
        "none": None,
    }
    load([row], name="rows.json")
    assert load.records()[0].metadata_ == {"seed": 5, "tags": ["x"], "score": 0.5}


def test_without_an_id_it_follows_from_prompt_and_images(load):
    load(f"prompt,image_1,image_2\na cat,{A},{B}\n")
    expected = hashlib.sha256(compact_json(["a cat", A, B]).encode()).hexdigest()[:32]
    assert load.records()[0].external_id == expected
    assert load([nested(id=None)], name="rows.json").new == 0
    assert load([{"prompt": "a cat", "image_1": A, "image_2": B}], name="rows.jsonl").new == 0
    assert len(load.records()) == 1


def test_a_number_is_an_id_too(load):
    load([nested(id=17)], name="rows.json")
    assert load.records()[0].external_id == "17"


def test_a_column_is_mapped_and_reported_under_its_own_name(load):
    text = f"caption,left,image_2\na cat,{A},{B}\na dog,nowhere,{B}\n"
    report = load(text, mapping={"prompt": "caption", "image_1": "left"}, skip_bad_rows=True)
    assert (report.new, load.bad) == (1, [(3, "left")])
    rows = [{"caption": "a cat", "left": A, "image_2": B}]
    assert load(rows, name="x.jsonl", mapping={"prompt": "caption", "image_1": "left"}).unchanged == 1


@pytest.mark.parametrize(
    ("header", "mapping", "message"),
    [
        ("prompt,image_1,picture", {}, "no column image_2. Its columns are 'prompt', 'image_1', 'picture'"),
        ("caption;a;b", {}, "no columns prompt, image_1, image_2. Its columns are 'caption;a;b'"),
        ("prompt,image_1,image_2", {"prompt": "caption"}, "The file has no column 'caption'"),
        ("caption,prompt,image_1,image_2", {"prompt": "caption"}, "Two columns are named 'prompt'"),
        ("x,image_2", {"prompt": "x", "image_1": "x"}, "cannot be both 'prompt' and 'image_1'"),
        ("prompt,image_1,image_2,status", {}, "cannot be named 'status'"),
        ("prompt,image_1,image_2,images", {}, "cannot be named 'images'"),
        ("prompt,image_1,image_2,preference.responses", {}, "cannot be named 'preference.responses'"),
    ],
)
def test_a_header_that_does_not_fit_is_explained(load, header, mapping, message):
    with pytest.raises(InvalidError, match=message.replace(".", r"\.")):
        load(f"{header}\n", mapping=mapping)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        (("", A, B), "prompt", "is empty"),
        (("  ", A, B), "prompt", "is empty"),
        (("a cat", "", B), "image_1", "is empty"),
        (("a cat", A, "ftp://example.org/b.png"), "image_2", "it has to start with https"),
        (("a cat", A, "javascript:alert(1)"), "image_2", "it has to start with https"),
        (("a cat", A, "data:text/html;base64AAAA"), "image_2", "a data: URL contains an image"),
        (("a cat", A, "https:///b.png"), "image_2", "and a host, and contain no spaces"),
        (("a cat", A, "https://example.org/a b.png"), "image_2", "and a host, and contain no spaces"),
        (("a cat", A, "https://name@example.org/"), "image_2", "and a host, and contain no spaces"),
        (("a cat", A, "https://example.org/" + "x" * 2038), "image_2", "longer than 2,038"),
        (("a cat", A, "pictures/b.png"), "image_2", "names a picture file, but no pictures were"),
        (("a cat", A, f"/media/{'0' * 64}.png"), "image_2", "no stored image has this address"),
    ],
)
def test_a_bad_cell_is_named(load, cells, column, reason):
    report = load("id,prompt,image_1,image_2\n1,{},{},{}\n".format(*cells), dry_run=True)
    assert (report.bad, load.bad) == (1, [(2, column)])
    assert reason in load.problems[0].reason


@pytest.mark.parametrize(
    ("id_", "reason"), [("", "is empty"), (" ", "is empty"), ("x" * 1001, "is longer than")]
)
def test_an_id_has_to_be_one(load, id_, reason):
    load(f"id,prompt,image_1,image_2\n{id_},a cat,{A},{B}\n", dry_run=True)
    assert load.bad == [(2, "id")]
    assert reason in load.problems[0].reason


@pytest.mark.parametrize(
    ("record", "column", "reason"),
    [
        (nested(id=True), "id", "is not text"),
        (nested(more=1), "more", "a nested record has only"),
        (nested(metadata=[1]), "metadata", "is not an object"),
        (nested(metadata={"status": "x"}), "status", "metadata cannot have this name"),
        (nested(metadata={"prompt": "x"}), "prompt", "metadata cannot have this name"),
        (nested(metadata={"x": float("nan")}), "x", "contains NaN"),
        (
            nested(fields={"images": {**nested()["fields"]["images"], "x": float("inf")}}),
            "images",
            "contains NaN",
        ),
        (nested(fields={"text": "x"}), "images", "The field 'images' is missing"),
        (nested(fields={"images": "x"}), "images", "is not an object with image_1"),
        (nested(fields={"images": {"prompt": 5, "image_1": A, "image_2": B}}), "prompt", "is not text"),
        (nested(fields={"images": {"prompt": "x", "image_1": A}}), "image_2", "is empty"),
        (
            nested(fields={"images": {"prompt": "x", "image_1": A, "image_2": 5}}),
            "image_2",
            "is not an address",
        ),
        (
            nested(fields={**nested()["fields"], "text": "x"}),
            "text",
            "The dataset has no field 'text'; it has images",
        ),
        (nested(responses=[1]), "responses", "is not an object"),
        (nested(responses={"preference": 1}), "responses", "are not a list of objects"),
        (
            nested(responses={"other": answers("x")}),
            "other.responses",
            "no question 'other'; it has preference",
        ),
        (
            nested(responses={"preference": answers("6")}),
            "preference.responses",
            "'6' is not one of the labels",
        ),
        (
            nested(responses={"preference": answers("image_1", people=["None"])}),
            "preference.responses.users",
            "'None' is not the id of a person",
        ),
        (
            nested(responses={"preference": answers("image_1", "image_2", people=[PEOPLE[0]] * 2)}),
            "preference.responses",
            "has answered twice",
        ),
        (nested(vectors={"prompt": [1.0]}), "prompt", "has to be a list of 256 numbers"),
        (nested(vectors={"prompt": [1e39] * 256}), "prompt", "not a finite number in single precision"),
        (nested(vectors={"prompt": [True] * 256}), "prompt", "not a finite number in single precision"),
        (nested(vectors={"other": []}), "other", "the dataset has no such vector"),
        (nested(suggestions={"preference": "image_1"}), "preference.suggestion", "is not an object"),
        (
            nested(suggestions={"preference": {"value": "x"}}),
            "preference.suggestion",
            "is not one of the labels",
        ),
        (
            nested(suggestions={"preference": {"value": "image_1", "score": 2}}),
            "preference.suggestion.score",
            "2 is not a number from 0 to 1",
        ),
        (
            nested(suggestions={"preference": {"value": "image_1", "agent": ""}}),
            "preference.suggestion.agent",
            "is not a name",
        ),
        (flat(**{"preference.responses": ["image_1"]}), "preference.responses.users", "is not a list"),
        (
            flat(
                **{
                    "preference.responses": ["image_1"],
                    "preference.responses.users": PEOPLE[:2],
                    "preference.responses.status": ["submitted"],
                }
            ),
            "preference.responses",
            "differ in length",
        ),
        (
            flat(
                **{
                    "preference.responses": ["image_1"],
                    "preference.responses.users": PEOPLE[:1],
                    "preference.responses.status": ["done"],
                }
            ),
            "responses.status",
            "'done' is not one of draft, submitted, discarded",
        ),
        (flat(**{"mood.responses": ["x"]}), "mood.responses", "The dataset has no question 'mood'"),
        ({"prompt": "a cat", "image_1": A, "image_2": B, "status": "x"}, "status", "cannot have this name"),
        ({"prompt": ["a cat"], "image_1": A, "image_2": B}, "prompt", "is not text"),
        ({}, "prompt", "is empty"),
    ],
)
def test_what_does_not_fit_in_a_json_record_is_named(refused, record, column, reason):
    found = refused(record)
    assert found[0] == column
    assert reason in found[1]


def test_a_nested_record_brings_everything(load, database):
    record = nested(
        metadata={"model_1": "dev", "note": None},
        suggestions={"preference": {"value": "image_2", "score": 0.75, "agent": "scorer-v1"}},
        responses={"preference": answers("both_good", "image_1")},
        vectors={"prompt": [0.5] * 256},
        status="completed",
        _server_id=str(uuid.uuid4()),
    )
    report = load([record], name="rows.json")
    assert (report.new, report.answers, report.people_added) == (1, 2, 2)
    (stored,) = load.records()
    assert compact_json(stored.fields) == compact_json(record["fields"])
    assert stored.metadata_ == {"model_1": "dev", "note": None}
    with database.transaction() as session:
        suggestion = session.scalars(select(Suggestion)).one()
        assert (suggestion.value, suggestion.score, suggestion.agent) == ("image_2", 0.75, "scorer-v1")
        assert list(session.scalars(select(Vector)).one().value) == [0.5] * 256
        found = session.scalars(select(Response).order_by(Response.inserted_at)).all()
        assert [(str(item.user_id), item.status, item.values) for item in found] == [
            (PEOPLE[0], "submitted", {"preference": {"value": "both_good"}}),
            (PEOPLE[1], "submitted", {"preference": {"value": "image_1"}}),
        ]


def test_a_flat_record_brings_everything_and_its_nulls_are_nothing(load, database):
    record = flat(
        status="pending",
        _server_id="x",
        model_1="dev",
        model_2=None,
        prompt=[0.5] * 256,
        **{
            "preference.responses": ["image_1", "image_2"],
            "preference.responses.users": PEOPLE[:2],
            "preference.responses.status": ["draft", "discarded"],
            "preference.suggestion": "image_2",
            "preference.suggestion.score": 1,
            "preference.suggestion.agent": None,
        },
    )
    none = {name: None for name in record if name not in flat()}
    report = load([record, {**none, **flat(id="2")}], name="rows.jsonl")
    assert (report.new, report.answers) == (2, 2)
    assert [record.metadata_ for record in load.records()] == [{"model_1": "dev"}, {}]
    with database.transaction() as session:
        found = session.scalars(select(Response).order_by(Response.inserted_at)).all()
        assert [item.status for item in found] == ["draft", "discarded"]
        assert session.scalars(select(Suggestion)).one().value == "image_2"
        assert list(session.scalars(select(Vector)).one().value) == [0.5] * 256


def test_a_vector_whose_name_was_taken_is_found_under_its_longer_name(load, database):
    load([flat(**{"vector.prompt": [0.5] * 256})], name="rows.jsonl")
    with database.transaction() as session:
        assert len(session.scalars(select(Vector)).all()) == 1


def test_an_exported_csv_holds_lists_and_guards_formulas(load, database):
    text = (
        "id,status,_server_id,prompt,image_1,image_2,model_1,note,preference.responses,"
        "preference.responses.users,preference.responses.status\r\n"
        f"'-1,pending,x,'=SUM(1),{A},{B},,'''@me,"
        f'"[""image_1""]","[""{PEOPLE[0]}""]","[""submitted""]"\r\n'
        f"2,pending,x,plain,{A},{B},dev,'fine,,,\r\n"
    )
    report = load(text)
    assert (report.new, report.answers) == (2, 1)
    first, second = load.records()
    assert first.external_id == "-1"
    assert first.fields["images"]["prompt"] == "=SUM(1)"
    assert first.metadata_ == {"note": "''@me"}
    assert second.metadata_ == {"model_1": "dev", "note": "'fine"}


def test_a_broken_list_in_an_exported_csv_is_named(load):
    text = f"id,_server_id,prompt,image_1,image_2,preference.responses\n1,x,a cat,{A},{B},[image_1\n"
    load(text, dry_run=True)
    assert load.bad == [(2, "preference.responses")]


def declare(session, dataset, **settings):
    session.add(MetadataProperty(dataset_id=dataset.id, name="seed", title="Seed", settings=settings))


@pytest.mark.parametrize(
    ("settings", "good", "bad"),
    [
        ({"type": "integer", "min": 0, "max": 9}, ["5", "0"], ["x", "1.5", "10", "-1"]),
        ({"type": "float", "min": None, "max": None}, ["5", "0.5"], ["x"]),
        ({"type": "terms", "values": ["dev", "sd"]}, ["dev", "sd"], ["DEV", "xl"]),
    ],
)
def test_declared_metadata_has_to_fit(load, database, dataset, settings, good, bad):
    with database.transaction() as session:
        declare(session, dataset, **settings)
    rows = "".join(f"{seed},a cat,{A},{B},{seed}\n" for seed in [*good, *bad])
    load(f"id,prompt,image_1,image_2,seed\n{rows}", skip_bad_rows=True)
    assert [record.metadata_["seed"] for record in load.records()] == [
        seed if settings["type"] == "terms" else (int(seed) if seed.isdigit() else float(seed))
        for seed in good
    ]
    assert load.bad == [(2 + number, "seed") for number in range(len(good), len(good) + len(bad))]


def test_a_json_number_has_to_be_of_the_declared_type(load, database, dataset, refused):
    with database.transaction() as session:
        declare(session, dataset, type="integer", min=None, max=None)
    assert (
        load([nested(metadata={"seed": 5}), nested(id="2", metadata={"seed": None})], name="x.json").new == 2
    )
    for value in ("5", 5.5, True, [5]):
        assert refused(nested(metadata={"seed": value}))[0] == "seed"


def test_metadata_that_is_not_declared_can_be_forbidden(load, database, refused):
    with database.transaction() as session:
        strict = factories.dataset(session, "strict")
        strict.allow_extra_metadata = False
    with pytest.raises(InvalidError, match="no metadata property 'seed' and does not allow others"):
        load(f"prompt,image_1,image_2,model_1,seed\na,{A},{B},dev,5\n", into=strict)
    assert refused(nested(metadata={"seed": 5}), into=strict)[0] == "seed"
    assert load(f"prompt,image_1,image_2,model_1\na,{A},{B},dev\n", into=strict).new == 1


def test_an_answer_without_every_required_question_is_a_draft(load, database, dataset):
    with database.transaction() as session:
        first = session.scalars(select(Question).where(Question.dataset_id == dataset.id)).one()
        session.add(
            Question(
                dataset_id=dataset.id, name="second", title="?", required=True, settings=dict(first.settings)
            )
        )
    both = {"preference": answers("image_1", "image_2"), "second": answers("both_bad")}
    load([nested(responses=both)], name="rows.json")
    with database.transaction() as session:
        found = session.scalars(select(Response).order_by(Response.inserted_at)).all()
    assert [(item.status, list(item.values)) for item in found] == [
        ("submitted", ["preference", "second"]),
        ("draft", ["preference"]),
    ]


def test_a_dataset_with_other_fields_takes_json_but_no_csv(load, database, dataset):
    with database.transaction() as session:
        other = factories.dataset(session, "texts")
        settings = session.scalars(select(VectorSettings).where(VectorSettings.dataset_id == other.id)).one()
        session.delete(settings)
        field = only_field(session, other)
        field.name, field.settings = "text", {"type": "text"}
    with pytest.raises(InvalidError, match="no pairs of images"):
        load("prompt,image_1,image_2\n", into=other)
    rows = [nested(fields={"text": "hello"}), {"id": "2", "text": "hi"}, {"x": 1}]
    report = load(rows, name="x.json", into=other, skip_bad_rows=True)
    assert (report.new, report.bad) == (2, 1)


def test_a_record_without_optional_images_comes_back_from_a_table(load, database):
    fields = {"text": shapes.TEXT, "images": shapes.custom("")}
    with database.transaction() as session:
        here, there = (
            factories.dataset(session, name, fields, {"side": shapes.SIDE}) for name in ("here", "there")
        )
        factories.record(session, here, fields={"text": "a cat"})
        factories.record(session, here, fields=factories.images("a dog"))
    table = b"".join(export(database, here, format=ExportFormat.CSV))
    assert load(table, into=there).new == 2
    assert [record.fields for record in load.records(there)] == [r.fields for r in load.records(here)]


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        (shapes.SIDE, "image_1"),
        (shapes.LABELS, ["text", "hands"]),
        (shapes.RATING, 4),
        (shapes.RANKING, [{"value": "image_2", "rank": 1}, {"value": "image_1", "rank": 2}]),
        (shapes.TEXT, "[sic] and {more}"),
        (shapes.TEXT, "5"),
        (shapes.SPAN, [{"label": "name", "start": 0, "end": 1}]),
    ],
)
def test_what_is_suggested_comes_back_from_a_table(load, database, settings, value):
    fields = {"text": shapes.TEXT, "images": shapes.custom("")}
    with database.transaction() as session:
        here, there = (
            factories.dataset(session, name, fields, {"it": settings}) for name in ("here", "there")
        )
        record = factories.record(session, here, fields={"text": "a cat"} | factories.images("a cat"))
        factories.suggestion(session, record, "it", value, 0.5)
    table = b"".join(export(database, here, format=ExportFormat.CSV))
    assert load(table, into=there).new == 1
    with database.transaction() as session:
        mine = select(Suggestion).where(Suggestion.dataset_id == there.id)
        assert [found.value for found in session.scalars(mine)] == [value]


def only_field(session, dataset):
    return session.scalars(select(Field).where(Field.dataset_id == dataset.id)).one()
