"""Answering, as people do: with keys, with a mouse."""

import re

from playwright.sync_api import expect

from tests import factories
from tests.browser.annotation import (
    ADDRESS,
    TOP,
    choice,
    click_and_go,
    go,
    look,
    open_annotation,
    press,
    press_and_go,
    pressed,
    prompt,
    turn,
    type_,
)


def test_the_stored_answer_names_the_picture_that_was_on_the_chosen_side(
    annotation, records, answers, stored
):
    key_of = {}
    for record in records:
        pair = record.fields["images"]
        key_of |= {pair["image_1"]: "image_1", pair["image_2"]: "image_2"}
    expected = []
    for number in range(len(records)):
        side = number % 2
        address = annotation.locator(f"{TOP} .frame img").nth(side).get_attribute("src")
        expected.append(("submitted", key_of[address]))
        press_and_go(annotation, "12"[side])

    assert stored() == expected
    assert {tuple(answer.shown_order) for answer in answers()} == {(1, 2), (2, 1)}


def test_the_other_keys_mean_the_same_whichever_side_is_which(annotation, stored):
    for key in "345":
        press_and_go(annotation, key)

    assert [value for _, value in stored()] == ["both_good", "both_bad", "toxic_content"]


def test_somebody_elses_answers_are_not_shown(database, new_page, sign_in, anna, records):
    with database.transaction() as session:
        noise = factories.user(session, "noise")
    page = open_annotation(sign_in(new_page(), noise))
    theirs = prompt(page)
    press_and_go(page, "5")

    page = open_annotation(sign_in(new_page(), anna))
    assert prompt(page) == theirs
    assert pressed(page) == []
    expect(page.get_by_role("link", name="Submitted 0")).to_be_visible()


def test_a_click_submits_too(annotation, stored):
    click_and_go(annotation, choice(annotation, 3))

    assert stored() == [("submitted", "both_good")]


def test_a_keyboard_that_shifts_its_digits_has_the_same_keys(annotation, stored):
    go(annotation, lambda: type_(annotation, key="'", code="Digit4"))

    assert stored() == [("submitted", "both_bad")]


def test_enter_does_nothing_where_choosing_submits(annotation, stored):
    press_and_go(annotation, "3")
    second = prompt(annotation)
    press(annotation, "Enter")
    press(annotation, "Enter")

    assert prompt(annotation) == second
    assert len(stored()) == 1


def test_other_keys_and_combinations_do_nothing(annotation, stored):
    for key in ("Control+1", "Alt+1", "Meta+1", "Shift+Digit1", "6", "a", "Delete"):
        press(annotation, key)

    assert stored() == []


def test_a_held_key_answers_one_pair(annotation, stored):
    look(annotation)
    go(annotation, lambda: annotation.keyboard.down("1"))
    for _ in range(3):
        look(annotation)
        annotation.keyboard.down("1")
    annotation.keyboard.up("1")

    assert len(stored()) == 1


def test_a_second_press_before_the_next_pair_answers_nothing(annotation, stored):
    two_keys = """() => { for (const key of "34") document.body.dispatchEvent(
        new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})) }"""
    look(annotation)
    go(annotation, lambda: annotation.evaluate(two_keys))

    assert stored() == [("submitted", "both_good")]


def test_a_key_does_not_answer_a_pair_that_nobody_has_seen(page, sign_in, anna, records, stored):
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => document.body.dispatchEvent(
            new KeyboardEvent("keydown", {key: "1", bubbles: true, cancelable: true})))"""
    )
    open_annotation(sign_in(page, anna))

    assert stored() == []


def test_keys_of_an_input_method_are_left_alone(annotation, stored):
    type_(annotation, key="1", isComposing=True)

    assert stored() == []


def test_enter_submits_what_was_chosen_for_who_wants_it_so(annotation, stored):
    turn(annotation, "Submit with Enter")
    annotation.evaluate("document.activeElement.blur()")
    press(annotation, "Enter")
    press(annotation, "2")
    press(annotation, "4")
    assert pressed(annotation) == [4]
    assert stored() == []

    press_and_go(annotation, "Enter")
    assert stored() == [("submitted", "both_bad")]
    expect(annotation.get_by_role("button", name="Submit Enter")).to_be_visible()


def test_with_enter_a_click_only_chooses(annotation, stored):
    turn(annotation, "Submit with Enter")
    choice(annotation, 3).click()
    assert stored() == []

    click_and_go(annotation, annotation.get_by_role("button", name="Submit Enter"))
    choice(annotation, 4).click()
    press_and_go(annotation, "Enter")
    assert [value for _, value in stored()] == ["both_good", "both_bad"]


def test_a_draft_keeps_what_was_chosen(annotation, stored):
    turn(annotation, "Submit with Enter")
    press(annotation, "3")
    press_and_go(annotation, "Control+s")

    assert stored() == [("draft", "both_good")]


def test_single_keys_can_be_turned_off_and_on(annotation, stored):
    turn(annotation, "Single-key shortcuts")
    for key in ("1", "d", "g", "?"):
        press(annotation, key)
    expect(annotation.locator(".annotation kbd").first).to_be_hidden()
    expect(annotation.locator("[aria-keyshortcuts='1']")).to_have_count(0)
    expect(annotation.get_by_role("dialog")).to_have_count(0)
    assert stored() == []

    press_and_go(annotation, "Control+s")
    turn(annotation, "Single-key shortcuts")
    press_and_go(annotation, "3")
    assert stored() == [("draft", None), ("submitted", "both_good")]


def test_backspace_brings_the_last_answer_back_to_be_changed(annotation, stored):
    first = prompt(annotation)
    press_and_go(annotation, "3")
    second = prompt(annotation)

    press_and_go(annotation, "Backspace")
    assert prompt(annotation) == first
    assert pressed(annotation) == [3]
    expect(annotation.locator(TOP).get_by_text("You submitted this answer")).to_be_visible()

    press_and_go(annotation, "4")
    assert prompt(annotation) == second
    assert stored() == [("submitted", "both_bad")]


def test_arrows_lead_back_and_forth_and_to_the_next_pair(annotation):
    prompts = [prompt(annotation)]
    for _ in range(2):
        press_and_go(annotation, "3")
        prompts.append(prompt(annotation))

    for key, place in (("ArrowLeft", 1), ("ArrowLeft", 0), ("ArrowRight", 1), ("ArrowRight", 2)):
        press_and_go(annotation, key)
        assert prompt(annotation) == prompts[place]


def test_a_discarded_pair_keeps_its_answer_and_can_be_taken_back(annotation, stored):
    press_and_go(annotation, "3")
    press_and_go(annotation, "Backspace")
    press_and_go(annotation, "d")
    assert stored() == [("discarded", "both_good")]

    annotation.get_by_role("link", name="Discarded 1").click()
    expect(annotation.locator(TOP).get_by_text("You discarded this pair")).to_be_visible()
    press_and_go(annotation, "4")
    expect(annotation.get_by_role("heading", name="Nothing discarded")).to_be_visible()
    assert stored() == [("submitted", "both_bad")]


def test_question_mark_shows_the_keys_and_no_key_goes_past_them(annotation, stored):
    press(annotation, "?")
    dialog = annotation.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Both images are good")
    press(annotation, "1")
    press(annotation, "Escape")

    expect(dialog).to_be_hidden()
    assert stored() == []


def test_the_guidelines_stay_open_from_pair_to_pair(annotation):
    panel = annotation.get_by_role("region", name="Guidelines")
    expect(panel).to_be_hidden()
    press(annotation, "g")
    expect(panel).to_be_visible()

    press_and_go(annotation, "3")
    expect(panel).to_be_visible()


def test_the_browsers_back_button_leaves_the_page(page, sign_in, anna, records):
    sign_in(page, anna).goto("/account")
    open_annotation(page)
    page.go_back()

    page.wait_for_url("/account")


def test_who_has_to_wait_sees_how_long_and_then_looks_again(new_page, sign_in, anna, records):
    page = sign_in(new_page(), anna)
    page.clock.install()
    page.goto(f"{ADDRESS}?outcome=leased&retry_after=60")
    expect(page.get_by_text(re.compile("Checking again in (60|[45][0-9]) s"))).to_be_visible()
    page.clock.fast_forward(60_000)

    page.wait_for_selector("[data-annotation]")


def test_an_empty_dataset_and_an_empty_queue_say_what_to_do(page, sign_in, anna):
    sign_in(page, anna).goto(ADDRESS)
    expect(page.get_by_role("heading", name="No records yet")).to_be_visible()

    page.get_by_role("link", name="Draft 0").click()
    expect(page.get_by_role("heading", name="No drafts")).to_be_visible()
    expect(page.get_by_role("link", name="Next pair")).to_be_visible()
