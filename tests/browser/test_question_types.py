"""A question of each type, answered in a browser."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from diptych.assignments.service import claim
from diptych.models import Response
from diptych.questions import TYPES
from tests import factories
from tests.browser.annotation import go, look, open_annotation, press, press_and_go, top
from tests.factories import shapes
from tests.questions.samples import SAMPLES, TEXT


@pytest.fixture
def show(database, page, sign_in, anna):
    """Make a dataset of two records with these questions, and open anna's first: ``show(questions)``."""

    def show(questions, in_page=page, *, suggested=None):
        with database.transaction() as session:
            dataset = factories.dataset(session, "notes", {"text": shapes.TEXT}, questions)
            for _ in range(2):
                record = factories.record(session, dataset, fields={"text": TEXT})
                for question, value in (suggested or {}).items():
                    factories.suggestion(session, record, question, value)
            claim(session, dataset, anna, limit=2, lease_seconds=600)
        return open_annotation(sign_in(in_page, anna), "/datasets/notes/annotate")

    return show


@pytest.mark.parametrize("name", TYPES)
def test_a_person_answers_it(database, show, answers, name):
    sample = SAMPLES[name]
    page = show({"it": sample.settings})
    look(page)
    if page.locator("[data-annotation=quick]").count():
        go(page, lambda: sample.answer(top(page)))
    else:
        sample.answer(top(page))
        page.locator(":focus").evaluate_all("all => all.forEach((one) => one.blur())")
        press_and_go(page, "Enter")
    assert [answer.values for answer in answers()] == [{"it": {"value": sample.value}}]
    with database.transaction() as session:
        assert session.scalar(select(Response.status)) == "submitted"


SCRIPTS = """() => performance.getEntriesByType("resource").map(({ name }) => name)
    .filter((name) => name.endsWith(".js"))"""
PRELOADED = """() => [...document.querySelectorAll("link[rel=modulepreload]")].map(({ href }) => href)"""


def test_the_page_names_every_script_that_it_needs(show):
    page = show({name: sample.settings for name, sample in SAMPLES.items()})
    assert set(page.evaluate(SCRIPTS)) == set(page.evaluate(PRELOADED))


def test_the_page_loads_only_the_types_that_are_asked(show):
    page = show({"why": shapes.TEXT})
    types = [name.split("/")[-1] for name in page.evaluate(SCRIPTS) if "/questions/" in name]
    assert types == ["text.js"]


@pytest.mark.parametrize("width", [1440, 390])
def test_questions_stand_below_each_other_and_are_as_wide_as_their_form(new_page, show, width):
    questions = {name: sample.settings for name, sample in SAMPLES.items()}
    page = show(questions, new_page(viewport={"width": width, "height": 900}))
    inside = (
        top(page)
        .locator(".questions")
        .evaluate("(form) => form.clientWidth - parseFloat(getComputedStyle(form).paddingLeft) * 2")
    )
    boxes = [one.bounding_box() for one in top(page).locator(".question").all()]
    assert {(round(box["x"]), round(box["width"])) for box in boxes} == {
        (round(boxes[0]["x"]), round(inside))
    }
    assert [box["y"] for box in boxes] == sorted({box["y"] for box in boxes})


def test_options_are_ranked_by_clicking_them_from_best_to_worst(show, answers):
    page = show({"it": shapes.RANKING | {"options": shapes.options("a", "b", "c")}})
    for option in ("c", "a", "c", "b", "c"):
        top(page).get_by_text(f"Option {option}").click()
    press_and_go(page, "Enter")
    (answer,) = answers()
    assert [(item["value"], item["rank"]) for item in answer.values["it"]["value"]] == [
        ("b", 1),
        ("a", 2),
        ("c", 3),
    ]


def test_a_suggested_text_can_be_taken_over_and_changed(show, answers):
    page = show({"it": shapes.TEXT}, suggested={"it": "A red house,\nand a blue one"})
    top(page).get_by_role("button", name="Use this text").click()
    text = top(page).get_by_role("textbox")
    expect(text).to_be_focused()
    text.press("End")
    text.press("!")
    text.press("Escape")
    press_and_go(page, "Enter")
    (answer,) = answers()
    assert answer.values["it"]["value"] == "A red house,\nand a blue one!"


def test_labels_that_are_suggested_come_first_where_the_settings_say_so(show):
    settings = shapes.LABELS | {"options": shapes.options("a", "b", "c"), "options_order": "suggestion"}
    page = show({"it": settings, "as it is": shapes.LABELS}, suggested={"it": ["c"], "as it is": ["text"]})
    values = top(page).get_by_role("checkbox").evaluate_all("all => all.map(({ value }) => value)")
    assert values == ["c", "a", "b", "hands", "text"]
    press(page, "1")
    expect(top(page).get_by_label("Option c")).to_be_checked()
