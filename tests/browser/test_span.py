"""Marking words in a text: by pointer, finger and keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from diptych.assignments.service import claim
from tests import factories
from tests.browser.annotation import click_and_go, open_annotation, press, press_and_go, top
from tests.factories import shapes

ADDRESS = "/datasets/notes/annotate"
# What is before the words counts one character here, and two units in a browser.
TEXT = "🚀 A red house\r\nbeside a frozen lake."
SPAN = shapes.SPAN | {"options": shapes.options("colour", "thing", "place")}
# Where a part of the text is on screen.
BOX = """(text, part) => {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    const nodes = [];
    for (let node; (node = walker.nextNode()); ) nodes.push(node);
    const at = text.textContent.indexOf(part);
    const range = document.createRange();
    let before = 0;
    for (const node of nodes) {
        const end = before + node.length;
        if (before <= at && at < end) range.setStart(node, at - before);
        const last = at + part.length;
        if (before < last && last <= end) range.setEnd(node, last - before);
        before = end;
    }
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
}"""


@pytest.fixture
def show(database, sign_in, anna):
    """Make a dataset of some records with a text, and open anna's first: ``show(page, settings, text)``."""

    def show(page, settings=SPAN, text=TEXT, *, field=shapes.TEXT, suggested=None, questions=None):
        with database.transaction() as session:
            questions = questions or {"parts": settings}
            dataset = factories.dataset(session, "notes", {"text": field}, questions)
            for _ in range(3):
                record = factories.record(session, dataset, fields={"text": text})
                if suggested:
                    factories.suggestion(session, record, "parts", suggested, 0.75)
            claim(session, dataset, anna, limit=2, lease_seconds=600)
        return open_annotation(sign_in(page, anna), ADDRESS)

    return show


@pytest.fixture
def marks(answers):
    """Submit, and read the marks of anna's answer as they are stored."""

    def marks(page):
        press_and_go(page, "Enter")
        (answer,) = answers()
        return [(mark["label"], mark["start"], mark["end"]) for mark in answer.values["parts"]["value"]]

    return marks


def text_of(page):
    return top(page).get_by_role("textbox", name="Text to mark")


def place(page, part):
    box = text_of(page).evaluate(f"(text, part) => ({BOX})(text, part)", part)
    return box["x"], box["y"]


def click(page, part, **options):
    page.mouse.click(*place(page, part), **options)


def drag(page, first, last):
    page.mouse.move(*place(page, first))
    page.mouse.down()
    page.mouse.move(*place(page, last), steps=4)
    page.mouse.up()


def listed(page):
    """Return what the form lists: a label and the words that have it, or should."""
    return (
        top(page)
        .locator("[data-list] li")
        .evaluate_all(
            "all => all.map((row) => `${row.children[0].textContent}: ${row.children[1].textContent}`)"
        )
    )


def test_a_word_that_is_clicked_has_the_label(page, show, marks):
    show(page)
    click(page, "red")
    press(page, "2")
    click(page, "house")
    assert listed(page) == ["Option colour: red", "Option thing: house"]
    assert marks(page) == [("colour", 4, 7), ("thing", 8, 13)]
    assert TEXT[4:7] + TEXT[8:13] == "redhouse"


def test_a_drag_marks_from_word_to_word_across_lines_either_way(page, show, marks):
    show(page)
    drag(page, "frozen", "house")
    assert listed(page) == ["Option colour: house\r\nbeside a frozen"]
    assert marks(page) == [("colour", 8, 30)]


def test_a_click_with_shift_extends_the_mark(page, show, marks):
    show(page)
    click(page, "red")
    page.keyboard.down("Shift")
    click(page, "beside")
    page.keyboard.up("Shift")
    assert marks(page) == [("colour", 4, 21)]


def test_a_click_on_a_mark_removes_it_or_gives_it_another_label(page, show, marks):
    show(page)
    drag(page, "red", "house")
    click(page, "frozen")
    click(page, "frozen")
    press(page, "3")
    click(page, "house")
    assert listed(page) == ["Option place: red house"]
    assert marks(page) == [("place", 4, 13)]


def test_a_new_mark_takes_the_place_of_those_that_it_would_overlap(page, show, marks):
    show(page)
    click(page, "red")
    press(page, "2")
    drag(page, "A", "red")
    assert marks(page) == [("thing", 2, 7)]


def test_marks_overlap_where_they_may(page, show, marks):
    show(page, SPAN | {"allow_overlapping": True})
    click(page, "red")
    press(page, "2")
    drag(page, "red", "house")
    click(page, "lake")
    click(page, "lake")
    assert marks(page) == [("thing", 4, 13), ("colour", 4, 7)]


def test_nothing_is_marked_beside_the_words(page, show):
    show(page)
    box = text_of(page).bounding_box()
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + 8)
    assert listed(page) == []


def test_single_characters_can_be_marked(page, show, marks):
    show(page)
    top(page).get_by_label("Single characters").click()
    drag(page, "fro", "z")
    click(page, "🚀")
    assert marks(page) == [("colour", 0, 1), ("colour", 25, 28)]


def test_the_keyboard_alone_marks_and_submits(page, show, marks):
    show(page)
    press(page, "t")
    text = text_of(page)
    expect(text).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
        text.press(key)
    expect(top(page).locator("[data-said]")).to_have_text("beside")
    text.press("Shift+ArrowRight")
    text.press("3")
    expect(top(page).locator("[data-said]")).to_have_text("beside a, Option place")
    for key in ("Home", "Enter", "ArrowRight", "Enter", "Delete", "End", "1", "ArrowLeft"):
        text.press(key)
    for key in ("ArrowUp", "Enter", "2", "Escape"):
        text.press(key)
    expect(text).not_to_be_focused()
    assert marks(page) == [("place", 0, 1), ("thing", 8, 13), ("place", 15, 23), ("colour", 35, 36)]


def test_in_a_text_from_right_to_left_the_left_arrow_leads_on(page, show, marks):
    show(page, text="بيت أحمر كبير")
    text = text_of(page)
    text.focus()
    text.press("ArrowLeft")
    text.press("Shift+ArrowLeft")
    text.press("Enter")
    text.press("Escape")
    assert marks(page) == [("colour", 4, 13)]


def test_a_finger_taps_words_and_goes_across_them(new_page, show, answers):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    show(page)
    page.touchscreen.tap(*place(page, "red"))
    touch = page.context.new_cdp_session(page)
    points = [place(page, word) for word in ("frozen", "frozen", "lake")]
    points[1:1] = [(points[0][0] + 20, points[0][1])]
    for number, (x, y) in enumerate(points):
        kind = "touchMove" if number else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert listed(page) == ["Option colour: red", "Option colour: frozen lake"]
    click_and_go(page, top(page).get_by_role("button", name="Submit"))
    (answer,) = answers()
    assert [mark["start"] for mark in answer.values["parts"]["value"]] == [4, 24]


def test_a_mark_is_removed_from_the_list_too(page, show, marks):
    show(page)
    click(page, "red")
    click(page, "house")
    top(page).get_by_role("button", name="Remove Option colour red").press("Enter")
    expect(top(page).get_by_role("button", name="Remove Option colour house")).to_be_focused()
    page.keyboard.press("Enter")
    expect(top(page).get_by_label("Nothing to mark")).to_be_focused()
    assert listed(page) == []


def test_a_required_question_asks_for_a_mark_or_for_the_word_that_there_is_none(page, show, marks):
    show(page)
    top(page).get_by_role("button", name="Submit").click()
    box = top(page).get_by_label("Nothing to mark")
    assert (
        box.evaluate("(input) => input.validationMessage") == "Mark something in the text, or tick this box."
    )
    click(page, "red")
    expect(box).to_be_disabled()
    click(page, "red")
    box.click()
    assert marks(page) == []


def test_suggestions_are_accepted_one_by_one(page, show, marks):
    suggested = [{"label": "thing", "start": 4, "end": 13}, {"label": "place", "start": 31, "end": 35}]
    show(page, suggested=suggested)
    assert listed(page) == ["Option thing: red house", "Option place: lake"]
    expect(top(page).locator(".marking__row .hint").first).to_have_text("Suggested")
    click(page, "house")
    assert top(page).get_by_role("button", name="Remove Option thing red house").count() == 1
    top(page).get_by_role("button", name="Accept Option place lake").click()
    assert marks(page) == [("thing", 4, 13), ("place", 31, 35)]


def test_markdown_is_marked_as_it_is_written(page, show, marks):
    show(page, text="# A **red** house", field=shapes.MARKDOWN)
    expect(text_of(page)).to_have_text("# A **red** house")
    expect(top(page).locator(".prose")).to_be_hidden()
    click(page, "red")
    assert marks(page) == [("colour", 6, 9)]


def test_marks_come_back_with_a_draft(page, show, answers):
    show(page)
    drag(page, "red", "house")
    click_and_go(page, page.get_by_role("button", name="Save as draft"))
    answers()
    open_annotation(page, f"{ADDRESS}?queue=draft")
    assert listed(page) == ["Option colour: red house"]
    expect(text_of(page).locator(".marking__mark")).to_have_text("red house")


def test_two_questions_mark_one_text(page, show, answers):
    show(page, questions={"parts": SPAN, "others": SPAN | {"required": False}})
    expect(text_of(page)).to_have_count(2)
    box = text_of(page).nth(1).evaluate(f"(text) => ({BOX})(text, 'lake')")
    page.mouse.click(box["x"], box["y"])
    top(page).get_by_label("Nothing to mark").first.click()
    press_and_go(page, "Enter")
    (answer,) = answers()
    assert answer.values == {
        "parts": {"value": []},
        "others": {"value": [{"label": "colour", "start": 31, "end": 35}]},
    }


def test_without_scripts_marks_are_written_down(show, new_page, answers):
    page = new_page(java_script_enabled=False)
    show(page)
    top(page).get_by_label("One mark per line").fill("colour: 4-7\nplace: 31-35")
    with page.expect_navigation():
        page.get_by_role("button", name="Submit").click()
    (answer,) = answers()
    assert answer.values["parts"]["value"] == [
        {"label": "colour", "start": 4, "end": 7},
        {"label": "place", "start": 31, "end": 35},
    ]


@pytest.mark.parametrize(("scheme", "rules"), [("light", []), ("dark", ["color-contrast"])])
def test_marks_are_accessible(show, new_page, scheme, rules):
    page = new_page(bypass_csp=True, color_scheme=scheme)
    suggested = [{"label": "thing", "start": 4, "end": 13}]
    show(page, SPAN | {"allow_overlapping": True}, suggested=suggested)
    for key, word in (("1", "frozen"), ("2", "lake"), ("3", "beside")):
        press(page, key)
        click(page, word)
    drag(page, "beside", "lake")
    found = Axe().run(page, options={"runOnly": rules} if rules else None).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []
