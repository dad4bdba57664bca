import uuid

import pytest
from sqlalchemy import text

from tests.api.datasets import LABEL_SETTINGS, answer_of, make_dataset, pair, put

UNKNOWN = uuid.UUID("7a9e2f01-2a80-4a21-8b31-6ff5e4ff12c7")
KINDS = ("fields", "questions", "metadata-properties", "vectors-settings")
BODIES = {
    "fields": {"settings": {"type": "text"}},
    "questions": {"settings": {"type": "text"}},
    "metadata-properties": {"settings": {"type": "terms"}},
    "vectors-settings": {"dimensions": 3},
}
FIXED, LOOSE = KINDS[:2], KINDS[2:]


@pytest.fixture(scope="module")
def owner(world):
    return world["olga"]


@pytest.fixture(scope="module", autouse=True)
def noise(world):
    """Datasets elsewhere and here with settings of the names that tests use."""
    make_dataset(world["mia"], "far")
    dataset = make_dataset(world["olga"], "near", publish=False)
    for kind in KINDS:
        add(world["olga"], dataset, kind, "x")
        dataset = make_dataset(world["olga"], f"near {kind}", publish=False)


@pytest.fixture
def draft(owner, home):
    """A dataset without any settings."""
    body = {"name": str(uuid.uuid4()), "workspace_id": home}
    return owner.post("datasets", json=body).json()["id"]


@pytest.fixture(scope="module")
def home(owner):
    return owner.get("me/workspaces").json()["items"][0]["id"]


@pytest.fixture(scope="module")
def published(owner):
    return make_dataset(owner, "published")


def add(client, dataset, kind, name, **values):
    answer = client.post(f"datasets/{dataset}/{kind}", json={"name": name, **BODIES[kind], **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(client, dataset, kind):
    me = "me/" if kind == "metadata-properties" else ""
    answer = client.get(f"{me}datasets/{dataset}/{kind}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def options(*values):
    return [{"value": value, "text": value.title()} for value in values]


def as_shown(option):
    return {**option, "description": option.get("description")}


SHOWN = {
    "fields": ("id", "name", "title", "description", "required", "settings"),
    "questions": ("id", "name", "title", "description", "required", "settings"),
    "metadata-properties": ("id", "name", "title", "settings", "visible_for_annotators"),
    "vectors-settings": ("id", "name", "title", "dimensions"),
}
DEFAULTS = {
    "fields": {"description": None, "required": False, "settings": {"type": "text", "use_markdown": False}},
    "questions": {
        "description": None,
        "required": False,
        "settings": {"type": "text", "use_markdown": False},
    },
    "metadata-properties": {
        "settings": {"type": "terms", "values": None},
        "visible_for_annotators": True,
    },
    "vectors-settings": {"dimensions": 3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_is_as_it_was_sent_with_defaults_for_nulls_and_no_other_keys(owner, draft, kind):
    nulls = dict.fromkeys(("id", "inserted_at", "updated_at", "title", "required", "description"))
    ignored = {"dataset_id": str(UNKNOWN), "status": "x", "visible_for_annotators": None}
    body = {"name": "a name, süß", **BODIES[kind], **nulls, **ignored}
    if "settings" in body:
        body["settings"] = {**body["settings"], "visible_for_annotators": False, "x": 1}
    made = owner.post(f"datasets/{draft}/{kind}", json=body)
    assert made.status_code == 201
    assert tuple(made.json()) == (*SHOWN[kind], "dataset_id", "inserted_at", "updated_at")
    expected = {"name": "a name, süß", "title": "a name, süß", "dataset_id": draft, **DEFAULTS[kind]}
    assert expected.items() <= made.json().items()
    assert listed(owner, draft, kind) == [made.json()]


@pytest.mark.parametrize("kind", KINDS)
def test_settings_are_listed_in_the_order_of_their_making(owner, draft, kind):
    for name in ("zebra", "ant", "mole"):
        add(owner, draft, kind, name)
    zebra = listed(owner, draft, kind)[0]
    assert owner.patch(f"{kind}/{zebra['id']}", json={"title": "last"}).status_code == 200
    assert [item["name"] for item in listed(owner, draft, kind)] == ["zebra", "ant", "mole"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_names_what_it_changes_and_never_the_name(owner, draft, kind):
    before = add(owner, draft, kind, "first", title="Title", description="Why", required=True)
    other = add(owner, draft, kind, "second")
    path = f"{kind}/{before['id']}"
    body = {"name": "renamed", "required": False, "dimensions": 7, "dataset_id": str(UNKNOWN), "id": None}
    for change, expected in (
        ({}, {}),
        (body, {}),
        ({"title": None, "settings": None, "visible_for_annotators": None}, {}),
        ({"title": "Other"}, {"title": "Other"}),
    ):
        changed = owner.patch(path, json=change)
        assert changed.status_code == 200, changed.text
        after = changed.json()
        assert after == {**before, **expected, "updated_at": after["updated_at"]}
        assert after["updated_at"] > before["updated_at"]
    assert listed(owner, draft, kind) == [after, other]


@pytest.mark.parametrize("kind", FIXED)
def test_a_description_may_be_taken_away(owner, draft, kind):
    made = add(owner, draft, kind, "first", description="Why")
    assert made["description"] == "Why"
    assert owner.patch(f"{kind}/{made['id']}", json={"description": None}).json()["description"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_deleted_is_shown_once_more_and_its_name_is_free_again(owner, draft, kind):
    kept, gone = add(owner, draft, kind, "kept"), add(owner, draft, kind, "gone")
    deleted = owner.delete(f"{kind}/{gone['id']}")
    assert (deleted.status_code, deleted.json()) == (200, gone)
    assert listed(owner, draft, kind) == [kept]
    assert owner.delete(f"{kind}/{gone['id']}").status_code == 404
    assert owner.patch(f"{kind}/{gone['id']}", json={}).status_code == 404
    add(owner, draft, kind, "gone")


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_settings_is_a_change_of_the_dataset(owner, draft, kind):
    def moved():
        last, moved.last = moved.last, owner.get(f"datasets/{draft}").json()["last_activity_at"]
        return moved.last > last

    moved.last = ""
    assert moved()
    made = add(owner, draft, kind, "first")
    assert moved()
    owner.patch(f"{kind}/{made['id']}", json={"title": "x"})
    assert moved()
    owner.delete(f"{kind}/{made['id']}")
    assert moved()
    assert not moved()


@pytest.mark.parametrize("kind", FIXED)
def test_fields_and_questions_of_a_published_dataset_neither_come_nor_go(owner, published, kind):
    before = listed(owner, published, kind)
    refused = owner.post(f"datasets/{published}/{kind}", json={"name": "late", **BODIES[kind]})
    assert refused.status_code == 422
    assert "is published" in refused.json()["detail"]["message"]
    assert owner.delete(f"{kind}/{before[0]['id']}").status_code == 422
    assert listed(owner, published, kind) == before


@pytest.mark.parametrize("kind", LOOSE)
def test_metadata_and_vectors_of_a_published_dataset_come_and_go(owner, published, kind):
    before = listed(owner, published, kind)
    late = add(owner, published, kind, f"late {kind}")
    assert listed(owner, published, kind) == [*before, late]
    assert owner.delete(f"{kind}/{late['id']}").status_code == 200
    assert listed(owner, published, kind) == before


def test_titles_descriptions_and_templates_of_a_published_dataset_may_change(owner, published):
    (field,) = listed(owner, published, "fields")
    settings = {"type": "custom", "template": "<b>new</b>", "advanced_mode": True}
    change = {"title": "T", "description": "D", "settings": settings}
    assert change.items() <= owner.patch(f"fields/{field['id']}", json=change).json().items()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["id", "status", "_server_id"])
def test_a_column_of_every_export_is_no_name(owner, draft, kind, name):
    refused = owner.post(f"datasets/{draft}/{kind}", json={"name": name, **BODIES[kind]})
    assert (refused.status_code, refused.json()["detail"]["params"]) == (422, {"field": "name"})
    assert listed(owner, draft, kind) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_free_once_for_everything_in_a_dataset(owner, draft, kind):
    add(owner, draft, kind, "taken")
    for other in KINDS:
        refused = owner.post(f"datasets/{draft}/{other}", json={"name": "taken", **BODIES[other]})
        assert refused.status_code == (409 if other == kind else 422)
        assert listed(owner, draft, other) == (listed(owner, draft, kind) if other == kind else [])
    add(owner, draft, kind, "Taken")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": "a\nb"},
        {"name": "a\0"},
        {"name": None},
        {"title": "x" * 501},
        {"title": "a\0"},
        {"settings": {"type": "nothing"}, "dimensions": 0},
        {"settings": {}, "dimensions": 16_001},
        {"settings": None, "dimensions": None},
        {"settings": [], "dimensions": "x"},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_made(owner, draft, kind, values):
    refused = owner.post(f"datasets/{draft}/{kind}", json={"name": "first", **BODIES[kind], **values})
    assert refused.status_code == 422, refused.text
    assert listed(owner, draft, kind) == []


@pytest.mark.parametrize("kind", KINDS)
def test_settings_of_another_workspace_do_not_exist(owner, world, draft, kind):
    made = add(owner, draft, kind, "first")
    for name in ("mia", "sam"):
        me = "me/" if kind == "metadata-properties" else ""
        assert world[name].get(f"{me}datasets/{draft}/{kind}").status_code == 404
    body = {"name": "second", **BODIES[kind]}
    assert world["mia"].post(f"datasets/{draft}/{kind}", json=body).status_code == 404
    assert world["anna"].post(f"datasets/{draft}/{kind}", json=body).status_code == 403
    for client, status in ((world["mia"], 404), (world["anna"], 403)):
        assert client.patch(f"{kind}/{made['id']}", json={"title": "x"}).status_code == status
        assert client.delete(f"{kind}/{made['id']}").status_code == status
    assert listed(world["adam"], draft, kind) == [made]


@pytest.mark.parametrize("kind", KINDS)
def test_an_annotator_sees_the_settings_of_a_dataset_once_it_is_published(owner, world, kind):
    draft = make_dataset(owner, f"soon with {kind}", publish=False)
    me = "me/" if kind == "metadata-properties" else ""
    assert world["anna"].get(f"{me}datasets/{draft}/{kind}").status_code == 404
    assert owner.put(f"datasets/{draft}/publish").status_code == 200
    assert listed(world["anna"], draft, kind) == listed(owner, draft, kind) != []


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_of_another_workspace_is_refused_as_one_that_does_not_exist(owner, world, draft, kind):
    def refuse(id_):
        refused = world["mia"].patch(f"{kind}/{id_}", json={"title": "x"})
        return refused.status_code, refused.text.replace(str(id_), "ID")

    made = add(owner, draft, kind, "first")
    assert refuse(made["id"]) == refuse(UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "sent", "shown"),
    [
        ("fields", {"type": "text"}, {"type": "text", "use_markdown": False}),
        ("fields", {"use_markdown": True, "type": "text"}, {"type": "text", "use_markdown": True}),
        ("fields", {"type": "image"}, {"type": "image"}),
        ("fields", {"use_markdown": None, "type": "chat"}, {"type": "chat", "use_markdown": True}),
        (
            "fields",
            {"template": "{{x}}", "type": "custom"},
            {"type": "custom", "template": "{{x}}", "advanced_mode": False},
        ),
        (
            "questions",
            {"visible_options": None, "options": options("a", "b"), "type": "label_selection"},
            {
                "type": "label_selection",
                "options": [as_shown(item) for item in options("a", "b")],
                "visible_options": None,
            },
        ),
        (
            "questions",
            {"options": options("c", "b", "a"), "type": "multi_label_selection", "visible_options": 3},
            {
                "type": "multi_label_selection",
                "options": [as_shown(item) for item in options("c", "b", "a")],
                "visible_options": 3,
                "options_order": "natural",
            },
        ),
        (
            "questions",
            {"options": [{"value": 2}, {"value": 1}], "type": "rating"},
            {"type": "rating", "options": [{"value": 2}, {"value": 1}]},
        ),
        (
            "questions",
            {"options": options("a", "b"), "type": "ranking"},
            {"type": "ranking", "options": [as_shown(item) for item in options("a", "b")]},
        ),
        ("questions", {"type": "text"}, {"type": "text", "use_markdown": False}),
        (
            "questions",
            {"field": "f", "options": options("a"), "type": "span"},
            {
                "type": "span",
                "options": [as_shown(item) for item in options("a")],
                "visible_options": None,
                "field": "f",
                "allow_overlapping": False,
                "allow_character_annotation": True,
            },
        ),
        (
            "metadata-properties",
            {"values": ["b", "a"], "type": "terms"},
            {"type": "terms", "values": ["b", "a"]},
        ),
        ("metadata-properties", {"max": 9, "type": "integer"}, {"type": "integer", "min": None, "max": 9}),
        ("metadata-properties", {"min": 0, "type": "float"}, {"type": "float", "min": 0.0, "max": None}),
    ],
)
def test_settings_begin_with_their_type_and_have_their_defaults(owner, draft, kind, sent, shown):
    if kind == "questions":
        add(owner, draft, "fields", "f")
    made = add(owner, draft, kind, "first", settings=sent)
    changed = owner.patch(f"{kind}/{made['id']}", json={"title": "x"}).json()
    (again,) = listed(owner, draft, kind)
    for item in (made, changed, again, owner.delete(f"{kind}/{made['id']}").json()):
        assert list(item["settings"].items()) == list(shown.items())


def test_options_keep_the_order_of_their_keys(owner, draft):
    made = add(owner, draft, "questions", "first", settings=LABEL_SETTINGS)
    assert [list(option) for option in made["settings"]["options"]] == [["value", "text", "description"]] * 5


LABELS = {"type": "label_selection", "options": options("a", "b", "c"), "visible_options": 3}
SPANS = {"type": "span", "field": "f", "options": options("a"), "allow_overlapping": True}
RATING = {"type": "rating", "options": [{"value": 1}, {"value": 2}]}
RANKING = {"type": "ranking", "options": options("a", "b")}


@pytest.mark.parametrize(
    ("settings", "change", "expected"),
    [
        (
            LABELS,
            {"options": options("c", "b", "a")},
            {"options": [as_shown(o) for o in options("c", "b", "a")]},
        ),
        (
            LABELS,
            {"type": "label_selection", "options": [{"value": v, "text": "T"} for v in "abc"]},
            {"options": [{"value": v, "text": "T", "description": None} for v in "abc"]},
        ),
        (LABELS, {"visible_options": None}, {"visible_options": None}),
        (LABELS, {"x": 1}, {}),
        (SPANS, {"allow_overlapping": True}, {}),
        ({**SPANS, "allow_overlapping": False}, {"allow_overlapping": True}, {"allow_overlapping": True}),
        (RATING, RATING, {}),
        (RANKING, {"type": "ranking"}, {}),
        ({"type": "text"}, {"use_markdown": True}, {"use_markdown": True}),
    ],
)
def test_questions_change_in_texts_order_and_looks(owner, draft, settings, change, expected):
    add(owner, draft, "fields", "f")
    made = add(owner, draft, "questions", "first", settings=settings)
    changed = owner.patch(f"questions/{made['id']}", json={"settings": change})
    assert changed.status_code == 200, changed.text
    assert changed.json()["settings"] == {**made["settings"], **expected}


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        (LABELS, {"options": options("a", "b")}),
        (LABELS, {"options": options("a", "b", "d")}),
        (LABELS, {"options": options("a", "b", "c", "d")}),
        (LABELS, {"options": options("a", "b", "c", "c")}),
        (LABELS, {"options": []}),
        (LABELS, {"type": "multi_label_selection"}),
        (LABELS, {"visible_options": 2}),
        (LABELS, {"visible_options": 4}),
        (SPANS, {"allow_overlapping": False}),
        (SPANS, {"field": "g"}),
        (SPANS, {"field": None}),
        (RATING, {"options": [{"value": 2}, {"value": 1}]}),
        (RATING, {"options": [{"value": 1}, {"value": 2}, {"value": 3}]}),
        (RANKING, {"options": options("b", "a")}),
    ],
)
def test_what_answers_depend_on_does_not_change(owner, draft, settings, change):
    add(owner, draft, "fields", "f")
    made = add(owner, draft, "questions", "first", settings=settings)
    assert owner.patch(f"questions/{made['id']}", json={"settings": change}).status_code == 422
    assert listed(owner, draft, "questions") == [made]


def test_a_property_stays_visible_or_hidden_unless_the_change_says_so(owner, draft):
    made = add(owner, draft, "metadata-properties", "first", visible_for_annotators=False)
    path = f"metadata-properties/{made['id']}"
    settings = {"type": "terms", "values": ["x"], "visible_for_annotators": True}
    for change, expected in (
        ({"title": "x"}, False),
        ({"settings": settings}, False),
        ({"visible_for_annotators": None}, False),
        ({"visible_for_annotators": True}, True),
        ({"title": "y"}, True),
        ({"visible_for_annotators": False}, False),
    ):
        assert owner.patch(path, json=change).json()["visible_for_annotators"] is expected
    assert listed(owner, draft, "metadata-properties")[0]["settings"] == {"type": "terms", "values": None}


def test_a_deleted_question_of_a_draft_takes_its_suggestions_and_its_part_of_answers_along(
    owner, world, migrated_database
):
    def fill(name):
        dataset = make_dataset(owner, name, publish=False)
        add(owner, dataset, "questions", "why")
        response = answer_of(world["anna"], status="draft")
        response["values"]["why"] = {"value": "nice"}
        suggestions = [
            {"question_name": "why", "value": "x"},
            {"question_name": "preference", "value": "image_2"},
        ]
        put(owner, dataset, pair("1", responses=[response], suggestions=suggestions), pair("2"))
        return dataset

    other, dataset = fill("other answers"), fill("answers")
    why = listed(owner, dataset, "questions")[1]
    assert owner.delete(f"questions/{why['id']}").status_code == 200

    def remains(dataset):
        page = owner.get(f"datasets/{dataset}/records", params={"include": ["responses", "suggestions"]})
        (response,) = page.json()["items"][0]["responses"]
        return sorted(response["values"]), [item["value"] for item in page.json()["items"][0]["suggestions"]]

    assert remains(dataset) == (["preference"], ["image_2"])
    assert remains(other) == (["preference", "why"], ["x", "image_2"])
    with migrated_database.transaction() as session:
        rows = session.execute(text("SELECT dataset_id, count(*) FROM suggestions GROUP BY 1"))
        assert {str(id_): count for id_, count in rows} == {other: 2, dataset: 1}


def test_a_deleted_vector_takes_those_of_the_records_along(owner):
    datasets = [make_dataset(owner, name) for name in ("vectors", "other vectors")]
    for dataset in datasets:
        add(owner, dataset, "vectors-settings", "second", dimensions=1)
        put(owner, dataset, pair("1", vectors={"prompt": [1, 2], "second": [3]}))
    prompt = listed(owner, datasets[0], "vectors-settings")[0]
    assert owner.delete(f"vectors-settings/{prompt['id']}").status_code == 200
    for dataset, vectors in zip(datasets, ({"second": [3]}, {"prompt": [1, 2], "second": [3]}), strict=True):
        page = owner.get(f"datasets/{dataset}/records", params={"include": "vectors"}).json()
        assert page["items"][0]["vectors"] == vectors


def test_a_deleted_property_leaves_the_metadata_of_records(owner):
    dataset = make_dataset(owner, "metadata")
    (record,) = put(owner, dataset, pair("1", metadata={"seed": 1}))
    seed = listed(owner, dataset, "metadata-properties")[1]
    assert owner.delete(f"metadata-properties/{seed['id']}").json()["name"] == "seed"
    assert owner.get(f"records/{record['id']}").json()["metadata"] == {"seed": 1}


def test_a_field_whose_parts_are_marked_stays(owner):
    dataset = make_dataset(owner, "marked", publish=False)
    text = add(owner, dataset, "fields", "story", settings={"type": "text"})
    settings = {"type": "span", "field": "story", "options": [{"value": "x", "text": "X"}]}
    marks = add(owner, dataset, "questions", "where", settings=settings)
    refused = owner.delete(f"fields/{text['id']}")
    assert refused.status_code == 422
    assert "'where'" in refused.json()["detail"]["message"]
    assert owner.delete(f"questions/{marks['id']}").status_code == 200
    assert owner.delete(f"fields/{text['id']}").status_code == 200
