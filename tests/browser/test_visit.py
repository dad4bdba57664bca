"""What holds from pair to pair: sides, undo, time, counts, and what is said about them."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from diptych.models import Record, ResponseEvent
from tests import factories
from tests.browser.annotation import (
    ADDRESS,
    TOP,
    choice,
    glance,
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
    waiting,
)
from tests.browser.conftest import PICTURES, images

ANSWERS = "**/responses/bulk"
CARDS = "**/cards"
# A page on which time flies, so that nobody has to look at hundreds of pairs for long.
HURRY = """const now = performance.now.bind(performance); performance.now = () => now() * 20;"""
CHOOSE_LEFT = f"""async (count) => {{
    const seen = {{}};
    const frame = () => new Promise(requestAnimationFrame);
    while (Object.keys(seen).length < count) {{
        const card = document.querySelector("{TOP}");
        if (!card || card.dataset.record in seen) {{
            await frame();
            continue;
        }}
        const left = card.querySelector(".frame img").getAttribute("src");
        while (document.querySelector("{TOP}") === card) {{
            const event = new KeyboardEvent("keydown", {{key: "1", bubbles: true, cancelable: true}});
            Object.defineProperty(event, "timeStamp", {{value: performance.now()}});
            document.body.dispatchEvent(event);
            await frame();
        }}
        seen[card.dataset.record] = left;
    }}
    return seen;
}}"""
# A page that does nothing later, by itself.
SHORT_TIMERS = """const later = setTimeout;
    window.setTimeout = (run, ms) => (ms < 4000 || !ms ? later(run, ms) : 0);"""
TURN_AWAY = """(isHidden) => {
    Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
# In ms.
MINUTE = 60_000


@pytest.fixture
def trail(database, anna):
    """Read what the audit trail has of a record: each label that anna gave, the first one first."""

    def trail(record):
        events = select(ResponseEvent).where(ResponseEvent.user_id == anna.id)
        with database.transaction() as session:
            found = session.scalars(
                events.where(ResponseEvent.record_id == record).order_by(ResponseEvent.id)
            )
            return [event.values["preference"]["value"] for event in found]

    return trail


@pytest.fixture
def held(annotation):
    """Hold the requests that send answers, until the test calls it."""
    return hold(annotation, ANSWERS)


def test_left_is_the_one_picture_as_often_as_the_other(database, page, sign_in, dataset, anna, answers):
    with database.transaction() as session:
        for number in range(200):
            factories.record(session, dataset, fields={"images": {"prompt": "a cat"} | _drawings(number)})
    page.add_init_script(HURRY)
    open_annotation(sign_in(page, anna))
    seen = page.evaluate(CHOOSE_LEFT, 200)

    with database.transaction() as session:
        pairs = {str(record.id): record.fields["images"] for record in session.scalars(select(Record))}
    names = {id_: "image_1" if pairs[id_]["image_1"] == left else "image_2" for id_, left in seen.items()}
    stored = {str(answer.record_id): answer for answer in answers()}
    assert {id_: answer.values["preference"]["value"] for id_, answer in stored.items()} == names
    assert {id_: f"image_{answer.shown_order[0]}" for id_, answer in stored.items()} == names
    assert 70 <= list(names.values()).count("image_1") <= 130


def _drawings(number):
    """Return two pictures that need not be fetched."""
    picture = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' id='{}'/>"
    return {name: picture.format(f"{name}-{number}") for name in ("image_1", "image_2")}


def test_every_answer_of_the_visit_can_be_taken_back(annotation, records, stored, trail):
    prompts = []
    for key in "3453":
        prompts.append(prompt(annotation))
        press_and_go(annotation, key)
    for key, place in (("3", 3), ("5", 2), ("4", 1), ("3", 0)):
        press_and_go(annotation, "Backspace")
        assert (prompt(annotation), pressed(annotation)) == (prompts[place], [int(key)])
    expect(annotation.get_by_role("link", name="Back")).to_have_attribute("aria-disabled", "true")
    press(annotation, "Backspace")
    assert prompt(annotation) == prompts[0]

    record = top(annotation).get_attribute("data-record")
    press_and_go(annotation, "5")
    assert (prompt(annotation), pressed(annotation)) == (prompts[1], [4])
    assert [value for _, value in stored()] == ["toxic_content", "both_bad", "toxic_content", "both_good"]
    assert trail(record) == ["both_good", "toxic_content"]


def test_an_answer_that_is_not_sent_yet_can_be_taken_back_too(annotation, held, stored, trail):
    record = top(annotation).get_attribute("data-record")
    press_and_go(annotation, "3")
    front = prompt(annotation)
    press_and_go(annotation, "Backspace")
    assert pressed(annotation) == [3]
    press_and_go(annotation, "4")
    assert prompt(annotation) == front
    held()

    assert stored() == [("submitted", "both_bad")]
    assert trail(record) == ["both_good", "both_bad"]


def test_what_was_only_looked_at_again_stays_as_it_was(annotation, stored, trail):
    record = top(annotation).get_attribute("data-record")
    press_and_go(annotation, "3")
    press_and_go(annotation, "ArrowLeft")
    press_and_go(annotation, "ArrowRight")
    press_and_go(annotation, "4")

    assert stored() == [("submitted", "both_good"), ("submitted", "both_bad")]
    assert trail(record) == ["both_good"]


@pytest.fixture
def timed(new_page, sign_in, anna, records):
    """Anna's browser, with a clock that the test can move on by more than the machine takes for it all."""
    page = sign_in(new_page(), anna)
    page.clock.install()
    return page


def test_the_time_from_the_pictures_to_the_answer_is_stored(timed, answers):
    look(open_annotation(timed))
    timed.clock.fast_forward(5 * MINUTE)
    press_and_go(timed, "3")

    (answer,) = answers()
    assert 5 * MINUTE <= answer.duration_ms < 6 * MINUTE


def test_time_in_the_background_does_not_count(timed, answers):
    look(open_annotation(timed))
    timed.clock.fast_forward(MINUTE)
    timed.evaluate(TURN_AWAY, arg=True)
    timed.clock.fast_forward(10 * MINUTE)
    timed.evaluate(TURN_AWAY, arg=False)
    press_and_go(timed, "3")

    (answer,) = answers()
    assert MINUTE <= answer.duration_ms < 2 * MINUTE


def test_time_runs_from_when_both_pictures_are_there(timed, answers):
    let_go = hold(timed, PICTURES)
    open_annotation(timed)
    timed.clock.fast_forward(MINUTE)
    let_go(1)
    timed.clock.fast_forward(MINUTE)
    let_go()
    press_and_go(timed, "3")

    (answer,) = answers()
    assert 0 < answer.duration_ms < MINUTE


def test_before_the_pictures_are_there_a_pair_can_be_discarded_and_nothing_else(
    page, sign_in, anna, records, answers
):
    let_go = hold(page, PICTURES)
    open_annotation(sign_in(page, anna))
    glance(page)
    for key in "12345":
        page.keyboard.press(key)
    expect(top(page).get_by_text("Loading images")).to_be_visible()
    assert waiting(page) == 0
    go(page, lambda: page.keyboard.press("d"))

    (answer,) = answers()
    assert (answer.status, answer.duration_ms) == ("discarded", None)
    let_go()


def test_answering_goes_on_from_the_pair_that_was_taken_back(annotation):
    prompts = []
    for key in "345":
        prompts.append(prompt(annotation))
        press_and_go(annotation, key)
    front = prompt(annotation)
    for _ in range(3):
        press_and_go(annotation, "Backspace")
    for expected in (prompts[1], prompts[2], front):
        press_and_go(annotation, "3")
        assert prompt(annotation) == expected
    expect(annotation.get_by_role("link", name="Forward")).to_be_hidden()


def test_the_numbers_follow_an_answer_before_the_server_has_it(annotation, records, held, stored):
    def expect_numbers(pending, draft, submitted, discarded):
        counts = [str(number) for number in (pending, draft, submitted, discarded)]
        expect(annotation.locator("[data-count]")).to_have_text(counts)
        expect(annotation.locator("span[data-answered]")).to_have_text(str(submitted))

    count = len(records)
    press_and_go(annotation, "3")
    expect_numbers(count - 1, 0, 1, 0)
    press_and_go(annotation, "Control+s")
    expect_numbers(count - 2, 1, 1, 0)
    press_and_go(annotation, "Backspace")
    press_and_go(annotation, "d")
    expect_numbers(count - 2, 0, 1, 1)
    assert annotation.locator("progress[data-answered]").evaluate("(bar) => bar.value") == 1
    expect(annotation.get_by_role("button", name="3 waiting")).to_be_visible()

    held()
    expect(annotation.get_by_role("button", name="All saved")).to_be_visible()
    assert len(stored()) == 2


def test_one_polite_place_says_what_happens(annotation, console_errors):
    spoken = annotation.locator("[aria-live], [role=status], [role=alert], [role=log]")
    expect(spoken).to_have_count(1)
    expect(spoken).to_have_attribute("aria-live", "polite")
    press_and_go(annotation, "3")
    expect(spoken).to_have_text(f"1 answered. {prompt(annotation)}")

    annotation.wait_for_selector("[data-card][inert]", state="attached")
    annotation.context.set_offline(True)
    press_and_go(annotation, "3")
    expect(spoken).to_have_text(f"Offline, 1 waiting. 2 answered. {prompt(annotation)}")
    annotation.context.set_offline(False)
    expect(annotation.get_by_role("button", name="All saved")).to_be_visible()
    press_and_go(annotation, "Backspace")
    expect(spoken).to_have_text(f"2 answered. {prompt(annotation)}")
    console_errors.clear()


def test_the_next_pair_comes_though_its_turn_came_while_another_request_was_out(page, sign_in, anna, records):
    let_go = hold(page, CARDS)
    with page.expect_request(CARDS):
        sign_in(page, anna).goto(ADDRESS)
    with page.expect_request(CARDS) as in_vain:
        let_go(1)
    wait_for_annotation(page)
    assert in_vain.value.post_data_json["open_count"] == 2, "With six pairs a person gets one ahead."
    press_and_go(page, "3")
    let_go()

    page.wait_for_selector("[data-card][inert]", state="attached")


def test_the_line_of_who_is_logged_out_leads_to_the_password(annotation, console_errors, stored):
    annotation.route(ANSWERS, lambda route: route.fulfill(status=401))
    press_and_go(annotation, "4")
    dialogs = annotation.get_by_role("dialog")
    expect(dialogs).to_have_accessible_name("You were logged out")
    dialogs.get_by_role("button", name="Later").click()
    expect(dialogs).to_have_count(0)
    annotation.get_by_role("button", name="Log in: 1 waiting").click()
    expect(dialogs).to_have_accessible_name("You were logged out")
    assert annotation.evaluate("document.querySelectorAll('dialog[open]').length") == 1
    annotation.keyboard.press("Escape")
    annotation.unroute(ANSWERS)
    press_and_go(annotation, "4")

    assert len(stored()) == 2
    console_errors.clear()


def test_a_broken_picture_can_be_fetched_again(page, console_errors, sign_in, anna, records):
    page.add_init_script(SHORT_TIMERS)
    page.route("**/pictures/*-2", lambda route: route.fulfill(status=404))
    open_annotation(sign_in(page, anna))
    broken = top(page).locator(".frame--failed")
    expect(broken).to_have_count(1)
    expect(broken.get_by_text("This picture failed to load.")).to_be_visible()
    page.unroute("**/pictures/*-2")
    broken.get_by_role("button", name="Try again").click()

    expect(top(page)).to_have_attribute("data-pictures", "shown")
    expect(broken).to_have_count(0)
    expect(top(page).get_by_text("This picture failed to load.").first).to_be_hidden()
    loaded = top(page).locator(".frame img").evaluate_all("all => all.every((image) => image.naturalWidth)")
    assert loaded
    page.goto("about:blank")
    console_errors.clear()


def test_no_reason_to_skip_is_chosen_before_the_person_does(annotation, answers):
    press(annotation, "r")
    dialog = annotation.get_by_role("dialog", name="Skip this pair")
    expect(dialog.get_by_role("radio")).to_have_count(4)
    expect(dialog.get_by_role("radio", checked=True)).to_have_count(0)
    annotation.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    annotation.keyboard.press("Escape")

    assert answers() == []


def test_keys_that_were_meant_for_the_pair_do_not_land_in_the_password(annotation, console_errors):
    annotation.route(ANSWERS, lambda route: route.fulfill(status=401))
    press_and_go(annotation, "4")
    dialog = annotation.get_by_role("dialog", name="You were logged out")
    expect(dialog).to_be_visible()
    for key in ("4", "1", "Enter", "5"):
        annotation.keyboard.press(key)
    expect(dialog.get_by_label("Password")).to_have_value("5")
    console_errors.clear()


def test_no_preference_is_taken_for_a_picture_that_does_not_load(
    page, console_errors, sign_in, anna, records, answers
):
    page.route("**/pictures/*-2", lambda route: route.fulfill(status=404))
    open_annotation(sign_in(page, anna))
    expect(top(page).get_by_text("An image is missing")).to_be_visible()
    first = prompt(page)
    for key in "12345":
        press(page, key)
    choice(page, 1).click()
    assert prompt(page) == first
    assert waiting(page) == 0
    press_and_go(page, "d")

    assert [answer.status for answer in answers()] == ["discarded"]
    page.goto("about:blank")
    console_errors.clear()


def test_where_all_pictures_fail_the_page_pauses_until_they_load(
    database, page, console_errors, sign_in, dataset, anna, stored
):
    with database.transaction() as session:
        for number in range(20):
            factories.record(session, dataset, fields=images(f"cat {number}"))
    page.add_init_script(SHORT_TIMERS)
    page.route(PICTURES, lambda route: route.fulfill(status=404))
    with page.expect_request("**/image-failures") as report:
        open_annotation(sign_in(page, anna))
    failed = report.value.post_data_json["items"]
    assert len(failed) == 3
    assert all(item["images"] == [1, 2] for item in failed)
    expect(page.get_by_role("heading", name="loading")).to_be_visible()
    for key in ("1", "d"):
        press(page, key)
    assert waiting(page) == 0
    page.unroute(PICTURES)
    page.get_by_role("button", name="Try again").click()
    expect(top(page)).to_be_visible()
    press_and_go(page, "3")

    assert stored() == [("submitted", "both_good")]
    page.goto("about:blank")
    console_errors.clear()


def test_an_answer_that_the_browser_cannot_write_brings_its_pair_back(annotation, stored):
    first = prompt(annotation)
    annotation.evaluate("""() => {
        const add = IDBObjectStore.prototype.add;
        IDBObjectStore.prototype.add = function (...values) {
            const request = add.apply(this, values);
            this.transaction.abort();
            return request;
        };
        IDBTransaction.prototype.commit = () => {};
    }""")
    press(annotation, "3")
    expect(annotation.get_by_role("button", name="Saved one by one")).to_be_visible()
    assert (prompt(annotation), pressed(annotation)) == (first, [3])
    expect(annotation.locator("span[data-answered]")).to_have_text("0")
    press_and_go(annotation, "3")

    assert stored() == [("submitted", "both_good")]


def test_a_pair_with_a_broken_picture_can_be_skipped(page, console_errors, sign_in, anna, records, answers):
    page.route("**/pictures/*-1", lambda route: route.fulfill(status=404))
    open_annotation(sign_in(page, anna))
    first = prompt(page)
    top(page).get_by_role("button", name="Skip this pair").click()
    dialog = page.get_by_role("dialog", name="Skip this pair")
    dialog.get_by_role("radio", name="A picture does not load").check()
    dialog.get_by_label("Details").fill("grey")
    dialog.get_by_role("button", name="Skip this pair").click()
    expect(dialog).to_be_hidden()
    expect(top(page).locator(".prompt__text")).not_to_have_text(first)

    (answer,) = answers()
    assert (answer.status, answer.skip_reason) == ("discarded", "A picture does not load: grey")
    page.goto("about:blank")
    console_errors.clear()
