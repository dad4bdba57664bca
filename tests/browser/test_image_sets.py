"""Records of one image or many: equal frames, any of which can be laid over the first, or seen alone."""

import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from diptych.assignments.service import claim
from diptych.models import Response
from tests import factories
from tests.browser.annotation import (
    ADDRESS,
    TOP,
    all_saved,
    open_annotation,
    press,
    press_and_go,
    wait_for_annotation,
)
from tests.browser.conftest import PICTURES, SERVER
from tests.browser.test_compare import PHONE, mat, point_in, swipe, tool
from tests.factories import shapes

WIDE = {"viewport": {"width": 1440, "height": 900}}
TURNED = {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True}
# The number of the frame whose image is seen in the middle of the first.
IN_FIRST_PLACE = f"""(() => {{
    const frames = [...document.querySelectorAll("{TOP} .frame")];
    const box = frames[0].getBoundingClientRect();
    const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 3);
    return frames.indexOf(found.closest(".frame")) + 1;
}})()"""


def make(database, person, count, records=3):
    """Make a dataset whose records have so many images, and have the person hold its first record."""
    names = [f"image_{number}" for number in range(1, count + 1)]
    question = {"type": "label_selection", "options": shapes.options(*names, "none")}
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats", {"images": shapes.custom("")}, {"preference": question})
        for number in range(records):
            key = uuid.uuid4().hex
            pictures = {name: f"{SERVER}/pictures/{key}-{name[6:]}" for name in names}
            fields = {"images": {"prompt": f"a fox, number {number}", **pictures}}
            factories.record(session, dataset, fields=fields)
        session.refresh(dataset)
        claim(session, dataset, person, limit=1, lease_seconds=600)
    return dataset


@pytest.fixture
def ben(database):
    with database.transaction() as session:
        return factories.user(session, "ben")


@pytest.fixture
def four(database, page, sign_in, ben):
    make(database, ben, 4)
    return open_annotation(sign_in(page, ben))


@pytest.fixture
def phone(database, new_page, sign_in, ben):
    make(database, ben, 4)
    return open_annotation(sign_in(new_page(**PHONE), ben))


def in_first_place(page):
    return page.evaluate(IN_FIRST_PLACE)


def order(page):
    """Return the numbers of the images from slot to slot, by their addresses."""
    images = page.locator(f"{TOP} .frame__image")
    return [
        int(source.rpartition("-")[2]) for source in images.evaluate_all("all => all.map(({src}) => src)")
    ]


def boxes(page):
    frames = page.locator(f"{TOP} .frame__mat")
    return [frames.nth(number).bounding_box() for number in range(frames.count())]


def shown_slots(page):
    return [button.inner_text() for button in page.locator(".compare__slot:visible").all()]


@pytest.mark.parametrize("window", [WIDE, TURNED])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 12])
def test_all_frames_are_of_one_size_and_in_sight(database, new_page, sign_in, ben, count, window):
    make(database, ben, count, records=1)
    page = open_annotation(sign_in(new_page(**window), ben))
    found = boxes(page)
    assert len(found) == count
    for box in found:
        assert (box["width"], box["height"]) == pytest.approx((found[0]["width"], found[0]["height"]), abs=1)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= window["viewport"]["width"]
        assert box["y"] + box["height"] <= page.locator(f"{TOP} > .choices").bounding_box()["y"] + 1
    places = {(round(box["x"]), round(box["y"])) for box in found}
    assert len(places) == count


def test_a_key_means_the_image_in_its_slot_and_the_order_is_stored(database, four, ben, answers_of):
    seen = []
    for key in "341":
        numbers = order(four)
        assert sorted(numbers) == [1, 2, 3, 4]
        seen.append((numbers, f"image_{numbers[int(key) - 1]}"))
        press_and_go(four, key)
    assert seen == answers_of(four, ben)


@pytest.fixture
def answers_of(database):
    """Return the order and the value of each answer, the oldest first."""

    def answers_of(page, person):
        all_saved(page)
        mine = select(Response).where(Response.user_id == person.id).order_by(Response.inserted_at)
        with database.transaction() as session:
            found = session.scalars(mine).all()
            return [(one.shown_order, one.values["preference"]["value"]) for one in found]

    return answers_of


def test_an_image_that_fails_is_reported_by_its_number_in_the_record(
    database, page, sign_in, ben, console_errors
):
    make(database, ben, 4, records=4)
    page.route(PICTURES, lambda route: route.abort() if route.request.url[-1] in "24" else route.continue_())
    with page.expect_request("**/image-failures") as sent:
        open_annotation(sign_in(page, ben))
        for _ in range(2):
            page.wait_for_selector(f"{TOP} .frame--failed")
            press_and_go(page, "d")
    assert [item["images"] for item in sent.value.post_data_json["items"]] == [[2, 4]] * 3
    page.goto("about:blank")
    console_errors.clear()


def test_the_first_place_is_gone_through_and_around(four):
    found = [in_first_place(four)]
    for _ in range(4):
        press(four, "x")
        found.append(in_first_place(four))
    assert found == [1, 2, 3, 4, 1]
    expect(tool(four, "Show the next image in place of image 1")).to_have_attribute("aria-pressed", "false")


def test_space_shows_the_next_one_while_it_is_held(four):
    press(four, "x")
    places = [mat(four, number) for number in (1, 3)]
    four.keyboard.down("Space")
    assert in_first_place(four) == 3
    assert mat(four, 3) == pytest.approx(places[0])
    expect(four.locator(f"{TOP} figcaption:visible")).to_have_text(["Image 2", "Image 3", "Image 4"])
    four.keyboard.up("Space")
    assert in_first_place(four) == 2
    assert mat(four, 3) == pytest.approx(places[1])


def test_one_at_a_time_each_has_its_button(four):
    assert shown_slots(four) == []
    press(four, "o")
    assert [text.removeprefix("Image").strip() for text in shown_slots(four)] == ["1", "2", "3", "4"]
    assert len({(box["x"], box["y"]) for box in boxes(four)}) == 1
    for slot in (3, 2, 4, 1):
        four.get_by_role("button", name=f"Image {slot}", exact=True).click()
        assert in_first_place(four) == slot
        expect(four.locator(".compare__slot[aria-pressed=true]")).to_have_text(f"Image{slot}")
    press(four, "x")
    expect(four.locator(".compare__slot[aria-pressed=true]")).to_have_text("Image2")
    press_and_go(four, "1")
    expect(four.locator(".compare__slot[aria-pressed=true]")).to_have_text("Image1")
    expect(four.locator("[data-lifted]")).to_have_count(0)


def test_zoom_is_the_same_for_all(four):
    press(four, "+")
    press(four, "+")
    images = four.locator(f"{TOP} .frame__image")
    scales = images.evaluate_all("all => all.map(({ style }) => style.getPropertyValue('--scale'))")
    assert len(scales) == 4
    assert len(set(scales)) == 1


def test_a_phone_shows_many_images_one_at_a_time(phone):
    assert [text.removeprefix("Image").strip() for text in shown_slots(phone)] == ["1", "2", "3", "4"]
    tops = {round(button.bounding_box()["y"]) for button in phone.locator(".compare__slot").all()}
    assert len(tops) == 1
    assert all(button.bounding_box()["height"] >= 44 for button in phone.locator(".compare__slot").all())
    phone.get_by_role("button", name="Image 3", exact=True).tap()
    expect(phone.locator(f"{TOP} .frame[data-lifted] figcaption")).to_have_text("Image 3")
    tool(phone, "Compare tools").tap()
    tool(phone, "One at a time").tap()
    assert shown_slots(phone) == []
    assert len({(box["x"], box["y"]) for box in boxes(phone)}) == 4
    phone.reload()
    wait_for_annotation(phone)
    assert shown_slots(phone) == []


def test_swipes_go_from_image_to_image_and_end_with_the_last(phone):
    lifted = phone.locator(f"{TOP} .frame[data-lifted] figcaption")
    for by, name in ((-60, "Image 2"), (-60, "Image 3"), (60, "Image 2"), (-60, "Image 3"), (-60, "Image 4")):
        swipe(phone, point_in(phone, 0.5, 0.4), by)
        expect(lifted).to_have_text(name)
    swipe(phone, point_in(phone, 0.5, 0.4), -60)
    expect(lifted).to_have_text("Image 4")
    for _ in range(4):
        swipe(phone, point_in(phone, 0.5, 0.4), 60)
    expect(lifted).to_have_count(0)


def test_a_phone_still_shows_both_images_of_a_pair(database, new_page, sign_in, ben):
    make(database, ben, 2)
    page = open_annotation(sign_in(new_page(**PHONE), ben))
    assert shown_slots(page) == []
    assert len({(box["x"], box["y"]) for box in boxes(page)}) == 2


def test_a_single_image_has_nothing_to_be_compared_with(database, page, sign_in, ben):
    with database.transaction() as session:
        dataset = factories.dataset(
            session, "cats", {"images": shapes.custom("")}, {"preference": shapes.RATING}
        )
        fields = {"images": {"prompt": "a fox", "image_1": f"{SERVER}/pictures/one-1"}}
        factories.record(session, dataset, fields=fields)
    open_annotation(sign_in(page, ben), ADDRESS)
    for name in ("Show the next image in place of image 1", "One at a time"):
        expect(tool(page, name)).to_be_hidden()
    expect(tool(page, "Zoom in")).to_be_visible()
    for key in ("x", "o"):
        press(page, key)
    page.keyboard.down("Space")
    page.keyboard.up("Space")
    assert in_first_place(page) == 1
    assert shown_slots(page) == []


def test_axe_finds_nothing(four):
    for _ in range(2):
        found = Axe().run(four, options={"rules": {"region": {"enabled": False}}})
        assert found.violations_count == 0, found.generate_report()
        press(four, "o")


KEPT = """async ({ person, dataset, record, swapped }) => {
    const open = indexedDB.open("diptych", 1);
    const key = { keyPath: "id", autoIncrement: true };
    open.onupgradeneeded = () => open.result.createObjectStore("answers", key);
    await new Promise((resolve) => { open.onsuccess = resolve; });
    const change = open.result.transaction("answers", "readwrite");
    change.objectStore("answers").add({
        dataset, record, swapped, status: "submitted", duration: 700, revision: 1, reason: null,
        values: { preference: { value: "image_2" } }, words: "Image 1 is better", title: "a cat",
        at: new Date().toISOString(), user: person, refused: null,
    });
    await new Promise((resolve) => { change.oncomplete = resolve; });
    open.result.close();
}"""


@pytest.mark.parametrize("swapped", [True, False])
def test_what_a_page_of_0_1_0_kept_is_sent(page, sign_in, anna, dataset, records, answers, swapped):
    sign_in(page, anna).goto("/account")
    kept = {
        "person": str(anna.id),
        "dataset": str(dataset.id),
        "record": str(records[3].id),
        "swapped": swapped,
    }
    page.evaluate(KEPT, kept)
    open_annotation(page)
    (answer,) = answers()
    assert (answer.record_id, answer.duration_ms) == (records[3].id, 700)
    assert answer.shown_order == ([2, 1] if swapped else [1, 2])
    assert answer.values == {"preference": {"value": "image_2"}}
