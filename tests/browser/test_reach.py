"""Everybody can do everything: with the keyboard alone, enlarged, by touch, without scripts."""

import pytest
from playwright.sync_api import expect

from diptych.models import User
from diptych.users.service import set_password
from tests.browser.annotation import (
    ADDRESS,
    TOP,
    choice,
    go,
    hold,
    look,
    open_annotation,
    press,
    press_and_go,
    pressed,
    prompt,
    top,
    wait_for_annotation,
)
from tests.browser.conftest import PASSWORD

PLACES = f"""[...document.querySelectorAll("{TOP} :is(.frame__mat, .choice), .tools__back, .tools__end")].map(
    (element) => JSON.stringify(element.getBoundingClientRect())
)"""
# What has the focus: its name, and whether it can be seen and nothing lies over it.
FOCUSED = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const {left, top, right, bottom, width, height} = element.getBoundingClientRect();
    const x = (Math.max(0, left) + Math.min(right, innerWidth)) / 2;
    const y = (Math.max(0, top) + Math.min(bottom, innerHeight)) / 2;
    const there = document.elementFromPoint(x, y);
    const isSeen = width > 0 && height > 0 && top < innerHeight && bottom > 0 && element.contains(there);
    return [(element.ariaLabel ?? element.textContent).trim(), isSeen];
}"""
NAMES = """(all) => all.map((element) => (element.ariaLabel ?? element.textContent).trim())"""
SMALL_TARGETS = """(least) => [...document.querySelectorAll("a[href], button, summary, input, [role=link]")]
    .filter((element) => element.checkVisibility({visibilityProperty: true}) && !element.closest("[inert]"))
    .filter((element) => !element.matches(".skip-link"))
    .map((element) => [element, element.getBoundingClientRect()])
    .filter(([, {width, height}]) => width < least || height < least)
    .map(([{className, textContent}, {width, height}]) =>
        `${className} ${textContent.trim()} ${width} x ${height}`)"""


@pytest.fixture
def anna_may_log_in(database, anna):
    with database.transaction() as session:
        set_password(session, session.get_one(User, anna.id), PASSWORD)


def tab_to(page, locator, most=40):
    """Press Tab until something has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if locator.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab do not lead to {locator}")


def test_the_keyboard_alone_is_enough(page, records, anna_may_log_in, stored, answers):
    _begin(page)
    front = _answer(page)
    assert [status for status, _ in stored()] == ["submitted"] * 3
    for _ in range(3):
        press_and_go(page, "Backspace")
    assert pressed(page) == [3]
    for key in "533":
        press_and_go(page, key)
    assert prompt(page) == front
    _read(page)
    _put_aside(page)
    states = ["submitted"] * 3 + ["discarded"] * 2 + ["draft"]
    assert [status for status, _ in stored()] == states
    assert answers()[4].skip_reason == "The pictures are the same: mirrored"

    for _ in range(len(records) - len(states)):
        press_and_go(page, "3")
    expect(page.get_by_role("heading", name="You have seen every pair")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Finish your drafts (1)"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your draft")).to_be_visible()


def _begin(page):
    """Log in and begin."""
    page.goto("/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    tab_to(page, page.get_by_role("button", name="Annotate"))
    page.keyboard.press("Enter")
    wait_for_annotation(page)


def _answer(page):
    """Answer by key, and by Tab with Space or Enter; the focus stays at its place. Return what comes next."""
    press_and_go(page, "3")
    tab_to(page, choice(page, 1))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(choice(page, 3)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(choice(page, 2)).to_be_focused()
    assert pressed(page) == []
    press_and_go(page, " ")
    expect(choice(page, 2)).to_be_focused()
    press_and_go(page, "Enter")
    expect(choice(page, 2)).to_be_focused()
    return prompt(page)


def _read(page):
    """Read the guidelines and the list of keys."""
    panel = page.get_by_role("region", name="Guidelines")
    press(page, "g")
    expect(panel).to_be_visible()
    tab_to(page, panel)
    press(page, "g")
    expect(panel).to_be_hidden()
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def _put_aside(page):
    """Discard a pair, skip one with a reason, save one as a draft."""
    press_and_go(page, "d")
    press(page, "r")
    dialog = page.get_by_role("dialog", name="Skip this pair")
    expect(dialog.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("mirrored")
    go(page, lambda: page.keyboard.press("Enter"))
    expect(dialog).to_be_hidden()
    press_and_go(page, "Control+s")


def test_choices_are_one_stop_for_tab_and_arrows_go_around(page, sign_in, anna, records, stored):
    open_annotation(sign_in(page, anna))
    tab_to(page, choice(page, 1))
    page.keyboard.press("ArrowUp")
    expect(choice(page, 5)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(choice(page, 1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(top(page).locator("[data-choice]:focus")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(choice(page, 2)).to_be_focused()
    assert stored() == []


def test_the_focus_keeps_its_place_where_the_next_pair_is_waited_for(page, sign_in, anna, records):
    let_go = hold(page, "**/cards")
    let_go(1)
    open_annotation(sign_in(page, anna))
    tab_to(page, choice(page, 1))
    page.keyboard.press("ArrowRight")
    press_and_go(page, "Enter")
    press_and_go(page, "Enter")
    expect(page.get_by_role("heading", name="Loading the next pair")).to_be_visible()
    let_go()

    expect(choice(page, 2)).to_be_focused()


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(720, 450, 2), (320, 568, 1)], ids=["200 %", "320 pixels"]
)
def test_everything_can_be_reached_and_seen_when_it_is_enlarged(
    new_page, sign_in, anna, records, width, height, scale
):
    page = new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    open_annotation(sign_in(page, anna))
    press_and_go(page, "3")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    reached, hidden = [], []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        name, is_seen = focused
        reached.append(name)
        if not is_seen:
            hidden.append(name)

    assert hidden == []
    wanted = page.locator(":is(.bar, .tools) :is(a[href], button:enabled, summary):visible")
    assert set(wanted.evaluate_all(NAMES)) - set(reached) == set()
    assert any("Image 1 is better" in name for name in reached)
    for dialog in ("keys", "skip"):
        press(page, "?" if dialog == "keys" else "r")
        opened = page.locator(f"#{dialog}")
        expect(opened).to_be_visible()
        assert opened.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        box = opened.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        press(page, "Escape")


def test_a_finger_is_enough(new_page, sign_in, anna, records, stored):
    page = new_page(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=3
    )
    open_annotation(sign_in(page, anna))
    places = page.evaluate(PLACES)
    assert page.evaluate(SMALL_TARGETS, 44) == []
    for number in (3, 4, 5):
        look(page)
        go(page, choice(page, number).tap)
        page.wait_for_selector(TOP)
        assert page.evaluate(PLACES) == places
    look(page)
    go(page, page.get_by_role("link", name="Back").tap)
    assert pressed(page) == [5]
    assert page.evaluate(PLACES) == places
    assert page.evaluate(SMALL_TARGETS, 44) == []
    look(page)
    go(page, page.get_by_role("button", name="Discard").tap)

    assert page.evaluate("[document.documentElement.scrollWidth, scrollX, scrollY]") == [390, 0, 0]
    assert [value for _, value in stored()] == ["both_good", "both_bad", "toxic_content"]


def test_scripts_are_not_needed(new_page, records, anna_may_log_in, stored):
    page = new_page(java_script_enabled=False)
    page.goto("/")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Annotate").click()
    expect(page.get_by_role("button", name="Keys")).to_have_count(0)
    expect(page.locator(".annotation kbd").first).to_be_hidden()
    expect(page.locator("[data-saving]")).to_be_hidden()
    first = prompt(page)
    choice(page, 4).click()
    second = prompt(page)
    choice(page, 3).click()
    page.get_by_role("link", name="Back").click()
    assert (prompt(page), pressed(page)) == (second, [3])
    page.get_by_role("link", name="Back").click()
    assert (prompt(page), pressed(page)) == (first, [4])
    choice(page, 5).click()
    assert stored() == [("submitted", "toxic_content"), ("submitted", "both_good")]

    page.get_by_role("button", name="Discard").click()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_text("You discarded this pair")).to_be_visible()
    page.get_by_role("link", name="Forward").click()
    page.get_by_role("button", name="Save as draft").click()
    for _ in range(len(records) - 4):
        choice(page, 3).click()
    expect(page.get_by_role("heading", name="You have seen every pair")).to_be_visible()
    statuses = [status for status, _ in stored()]
    assert statuses == ["submitted", "submitted", "discarded", "draft"] + ["submitted"] * (len(records) - 4)
    page.get_by_role("link", name="Finish your drafts (1)").click()
    expect(page.get_by_text("Your draft")).to_be_visible()


def test_without_scripts_a_button_begins(new_page, sign_in, anna, records, stored):
    page = sign_in(new_page(java_script_enabled=False), anna)
    page.goto(ADDRESS)
    page.get_by_role("button", name="Begin").click()
    choice(page, 3).click()

    assert stored() == [("submitted", "both_good")]


def test_a_browser_that_keeps_nothing_sends_each_answer_by_itself(page, sign_in, anna, records, stored):
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no'); };")
    open_annotation(sign_in(page, anna))
    expect(page.get_by_role("button", name="Saved one by one")).to_be_disabled()
    press(page, "r")
    expect(page.get_by_role("dialog")).to_be_hidden()
    for key in ("3", "d"):
        with page.expect_navigation():
            press(page, key)
        wait_for_annotation(page)

    assert stored() == [("submitted", "both_good"), ("discarded", None)]
