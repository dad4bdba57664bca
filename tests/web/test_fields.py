"""Records that are more, or other, than two pictures, and questions of other types."""

import json
import re
from html import unescape

import pytest
from sqlalchemy import select

from diptych.models import MetadataProperty, Response, Role
from tests import factories
from tests.factories import shapes

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028"


@pytest.fixture
def ada(log_in):
    return log_in("ada")


@pytest.fixture
def show(ada, database):
    """Make a dataset of one record and return ada's first page of it: ``show(fields, record)``."""

    def show(fields, record, questions=None):
        with database.transaction() as session:
            dataset = factories.dataset(session, "notes", fields, questions or {"label": shapes.LABEL})
            factories.record(session, dataset, fields=record)
        answer = ada.post("/datasets/notes/assignments")
        return ada.get(answer.headers["Location"]).text

    return show


@pytest.fixture
def frame(ada):
    """Get the document in the frame of a page."""

    def frame(page):
        return ada.get(unescape(re.search(r'<iframe[^>]*src="([^"]+)"', page)[1]))

    return frame


@pytest.fixture
def stored(database):
    def stored():
        with database.transaction() as session:
            answers = session.scalars(select(Response).order_by(Response.inserted_at))
            return [(answer.status, answer.values) for answer in answers]

    return stored


def card_of(page):
    """Return the record with its questions, without the page around it."""
    return re.search(r'<form class="sheet.*?</form>', page, re.DOTALL)[0]


def respond(client, page, **values):
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("record", "shown_order")}
    return client.post("/datasets/notes/responses", data=form | values)


def test_fields_are_shown_in_their_order_with_their_titles_and_empty_ones_are_not(show):
    fields = dict.fromkeys(("zebra", "apple", "missing", "null", "mango"), shapes.TEXT)
    page = show(fields, {"mango": "3", "null": None, "apple": "2", "zebra": "1"})
    assert re.findall(r'part__title" dir="auto">(\w+)<', page) == ["Zebra", "Apple", "Mango"]
    assert re.findall(r'part__text" dir="auto">(\d)<', page) == ["1", "2", "3"]


def test_text_is_markdown_only_where_the_field_says_so(show):
    page = show({"plain": shapes.TEXT, "rich": shapes.MARKDOWN}, {"plain": "**a**\nb", "rich": "**c**"})
    assert "**a**\nb" in page
    assert "<strong>c</strong>" in page


@pytest.mark.parametrize("field", [shapes.TEXT, shapes.MARKDOWN, shapes.custom("{{record.fields.it}}")])
def test_hostile_text_is_text(show, field):
    assert "<script>alert" not in show({"it": field}, {"it": HOSTILE})


@pytest.mark.parametrize(
    "source",
    ["https://example.org/a.png", "http://example.org/a.png", "/media/a.png", "data:image/png;base64,AA"],
)
def test_an_image_field_shows_its_picture(show, source):
    page = show({"photo": shapes.IMAGE}, {"photo": source})
    assert re.findall(r'<img[^>]*src="([^"]+)"', page) == [source]


@pytest.mark.parametrize(
    "source", ["javascript:alert(1)", "/account", "data:text/html,hi", "", 3, {"a": "b"}]
)
def test_an_image_field_with_another_address_says_so(show, source):
    page = show({"photo": shapes.IMAGE}, {"photo": source})
    assert "<img" not in page
    assert "has no picture address" in page


def test_a_chat_is_a_conversation(show):
    messages = [{"role": "user", "content": "**Hi** " + HOSTILE}, {"role": "assistant", "content": "Hello"}]
    page = show({"chat": shapes.CHAT}, {"chat": messages})
    assert re.findall(r'message__role" dir="auto">(\w+)<', page) == ["user", "assistant"]
    assert "<strong>Hi</strong>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "field", [shapes.TEXT, shapes.CHAT, shapes.IMAGE, shapes.custom("{{record.fields.it}}"), {"type": "new"}]
)
@pytest.mark.parametrize("value", ["a", [], [1], {"a": 1}, 0.5, True])
def test_a_value_that_does_not_fit_its_field_is_no_error(show, field, value):
    assert 'part__title" dir="auto">It<' in show({"it": field}, {"it": value})


def test_a_pair_beside_other_fields_stands_on_the_persons_sides(show, stored, ada, database):
    fields = {"style": shapes.TEXT, "images": shapes.custom("")}
    page = show(fields, {"style": "oil"} | factories.images("a cat"), {"side": shapes.SIDE})
    order = re.search(r'name="shown_order" value="(\d),(\d)"', page).groups()
    sources = re.findall(r'<img[^>]*src="([^"]+)"', page)
    assert [source[-6] for source in sources] == list(order)
    assert re.findall(r'name="choice"\s+value="(\w+)"', page) == [f"image_{number}" for number in order]


def test_pictures_that_no_answer_names_keep_their_sides(show, ada, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "notes", {"images": shapes.custom("")}, {"label": shapes.LABEL})
        for _ in range(12):
            factories.record(session, dataset)
    page = ada.get(ada.post("/datasets/notes/assignments").headers["Location"]).text
    for _ in range(12):
        assert 'name="shown_order" value="1,2"' in page
        assert re.findall(r'<img[^>]*src="[^"]+-(\d).webp"', page) == ["1", "2"]
        page = ada.get(respond(ada, page, choice="good").headers["Location"]).text


def test_a_template_is_rendered_in_a_sandbox_without_scripts(show, frame):
    template = "<b>{{record.fields.it.a}}</b><i>{{{record.fields.it.b}}}</i>"
    page = show({"it": shapes.custom(template)}, {"it": {"a": "x & y", "b": HOSTILE}})
    assert 'sandbox=""' in page
    document = frame(page)
    assert "<b>x &amp; y</b>" in document.text
    assert "<script" not in document.text
    assert "<img" not in document.text
    policy = document.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; ")
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert "allow-" not in policy
    assert document.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert document.headers["Cache-Control"] == "no-store"


def test_an_advanced_template_gets_the_record_and_nothing_breaks_out_of_it(show, frame):
    template = "<p id=x></p><script>x.textContent = record.fields.it.a</script>"
    page = show({"it": shapes.custom(template, advanced=True)}, {"it": {"a": HOSTILE}})
    assert 'sandbox="allow-scripts"' in page
    document = frame(page)
    assert document.text.count("<script") == 2
    assert template in document.text
    embedded = re.search(r"var record = (.*);</script>", document.text)[1]
    assert json.loads(embedded)["fields"]["it"]["a"] == HOSTILE
    assert not set("<>&\u2028") & set(embedded)
    policy = document.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; script-src 'unsafe-inline'; default-src 'none'; ")
    assert "same-origin" not in policy
    assert "connect" not in policy


def test_a_malformed_template_says_what_is_wrong_with_it(show, frame):
    document = frame(show({"it": shapes.custom("a\n{{#if <b>}}")}, {"it": {"a": 1}}))
    assert document.status_code == 200
    assert "Line 2 of the template" in document.text
    assert "<b>" not in document.text


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.ANNOTATOR, {"topic": "cats"}),
        (Role.ADMIN, {"topic": "cats", "model": "secret", "extra": 1}),
        (Role.OWNER, {"topic": "cats", "model": "secret", "extra": 1}),
    ],
)
def test_a_template_sees_the_metadata_that_its_reader_may(log_in, database, frame, role, seen):
    with database.transaction() as session:
        template = shapes.custom("", advanced=True)
        dataset = factories.dataset(session, "notes", {"it": template}, {"label": shapes.LABEL})
        for name, visible in {"topic": True, "model": False}.items():
            session.add(
                MetadataProperty(
                    dataset_id=dataset.id,
                    name=name,
                    title=name,
                    settings={"type": "terms", "values": None},
                    visible_for_annotators=visible,
                )
            )
        metadata = {"topic": "cats", "model": "secret", "extra": 1}
        record = factories.record(session, dataset, "secret-id", fields={"it": {}}, metadata=metadata)
        factories.suggestion(session, record, "label", "good")
    document = log_in("ben", role=role).get(f"/datasets/notes/records/{record.id}/fields/it").text
    known = json.loads(re.search(r"var record = (.*);</script>", document)[1])
    assert known == {"id": str(record.id), "status": "pending", "fields": {"it": {}}, "metadata": seen}


def test_only_custom_fields_that_are_no_pair_have_a_frame(ada, database):
    fields = {
        "images": shapes.custom("{{record.fields.images.image_1}}"),
        "text": shapes.TEXT,
        "it": shapes.custom(""),
    }
    with database.transaction() as session:
        dataset = factories.dataset(session, "notes", fields, {"label": shapes.LABEL})
        noise = factories.dataset(session, "noise", {"it": shapes.custom("")}, {"label": shapes.LABEL})
        theirs = factories.record(session, noise, fields={"it": {"a": 1}})
        record = factories.record(session, dataset, fields={"text": "a"} | factories.images("a cat"))
    for name in ("images", "text", "it", "none"):
        assert ada.get(f"/datasets/notes/records/{record.id}/fields/{name}").status_code == 404
    assert ada.get(f"/datasets/notes/records/{theirs.id}/fields/it").status_code == 404
    assert ada.get(f"/datasets/noise/records/{theirs.id}/fields/it").status_code == 200


@pytest.mark.parametrize("name", ["a b", "a/b", "ä?#%", "<b>"])
def test_a_frame_is_found_whatever_its_field_is_called(show, frame, name):
    assert "<p>hi</p>" in frame(show({name: shapes.custom("<p>hi</p>")}, {name: {"a": 1}})).text


EVERYTHING = {
    "side": shapes.SIDE,
    "stars": shapes.RATING,
    "flaws": shapes.LABELS,
    "order": shapes.RANKING,
    "why": shapes.TEXT | {"required": False},
}


def test_several_questions_are_one_form(show, ada, stored):
    page = show({"text": shapes.TEXT}, {"text": "a"}, EVERYTHING)
    for kind, count in {"radio": 7, "checkbox": 2}.items():
        assert card_of(page).count(f'type="{kind}"') == count
    answer = respond(
        ada,
        page,
        **{
            "answer.side": "image_1",
            "answer.stars": "4",
            "answer.flaws": ["hands", "text"],
            "answer.order": ["2:image_1", "1:image_2"],
            "answer.why": " ",
        },
    )
    assert answer.status_code == 303
    ((status, values),) = stored()
    assert status == "submitted"
    assert values == {
        "side": {"value": "image_1"},
        "stars": {"value": 4},
        "flaws": {"value": ["hands", "text"]},
        "order": {"value": [{"value": "image_2", "rank": 1}, {"value": "image_1", "rank": 2}]},
    }


def test_a_draft_of_several_answers_comes_back_as_it_was(show, ada):
    page = show({"text": shapes.TEXT}, {"text": "a"}, EVERYTHING)
    given = {"answer.side": "image_2", "answer.stars": "4", "answer.flaws": "text", "answer.why": "<b>"}
    assert respond(ada, page, status="draft", **given).status_code == 303
    page = ada.get("/datasets/notes/annotate?queue=draft").text
    checked = [
        re.search(r'value="([^"]+)"', one)[1]
        for one in re.findall(r"<input[^>]*>", card_of(page))
        if re.search(r"\schecked\b", one)
    ]
    assert checked == ["image_2", "4", "text"]
    assert "&lt;b&gt;</textarea>" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer.stars": "4.5"},
        {"answer.stars": "9"},
        {"answer.stars": "٤"},
        {"answer.stars": "9" * 5000},
        {"answer.side": "image_3"},
        {"answer.flaws": ["text", "text"]},
        {"answer.order": ["image_1"]},
        {"answer.order": ["1:image_1", "2:image_3"]},
        {"answer.side": ""},
    ],
)
def test_a_form_that_does_not_fit_is_refused(show, ada, stored, wrong):
    page = show({"text": shapes.TEXT}, {"text": "a"}, EVERYTHING)
    right = {
        "answer.side": "image_1",
        "answer.stars": "4",
        "answer.flaws": "text",
        "answer.order": ["1:image_1", "2:image_2"],
    }
    assert respond(ada, page, **right | wrong).status_code == 422
    assert stored() == []


def test_one_rating_is_answered_by_one_press(show, ada, stored):
    page = show({"text": shapes.TEXT}, {"text": "a"}, {"stars": shapes.RATING})
    assert re.findall(r'data-hotkey="(\d)"', card_of(page)) == ["1", "2", "3", "4", "5"]
    respond(ada, page, choice="4")
    assert stored() == [("submitted", {"stars": {"value": 4}})]


def test_suggestions_of_every_type_are_marked_and_none_is_preselected(ada, log_in, database):
    suggested = {
        "side": ("image_1", 0.6),
        "stars": (4, 0.5),
        "flaws": (["text", "hands"], [0.8, 0.3]),
        "order": ([{"value": "image_2", "rank": 1}, {"value": "image_1", "rank": 2}], None),
        "why": ("Nicer <b>", 0.25),
    }
    with database.transaction() as session:
        dataset = factories.dataset(session, "notes", {"text": shapes.TEXT}, EVERYTHING)
        record = factories.record(session, dataset, fields={"text": "a"}, min_submitted=2)
        for question, (value, score) in suggested.items():
            factories.suggestion(session, record, question, value, score)
    marks = [
        "Suggested · 0.60",
        "4: suggested · 0.50",
        "Suggested · 0.30",
        "Suggested · 0.80",
        "Suggested: 2",
        "Suggested: 1",
        "Suggested · 0.25",
    ]
    admin = log_in("adam", role=Role.ADMIN)
    for person in (admin, ada):
        person.post("/datasets/notes/assignments")
    for person, expected in ((admin, marks), (ada, [mark.partition(" · ")[0] for mark in marks])):
        page = person.get(f"/datasets/notes/annotate?record={record.id}").text
        assert suggested_on(page) == expected
        assert "Nicer &lt;b&gt;" in page
        assert not re.search(r'\s(checked|selected|aria-checked="true")\b', card_of(page))
        assert "secret-model" not in page


def suggested_on(page):
    spans = re.findall(r'<span class="hint">.*?</span>(?=\s*(?:</label>|</p>|<kbd>|<p ))', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", span).split()) for span in spans]


def test_a_dataset_of_records_does_not_speak_of_pairs(show, ada):
    page = show({"text": shapes.TEXT}, {"text": "a"})
    respond(ada, page, choice="good")
    for query in ("?queue=draft", "?queue=discarded", "?outcome=done", "?outcome=leased", ""):
        assert "pair" not in re.sub(r"<[^>]*>", "", ada.get(f"/datasets/notes/annotate{query}").text).lower()
