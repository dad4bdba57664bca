"""Comparing two pictures: closer, in place of each other, one at a time, and always both alike."""

from functools import cache
from io import BytesIO

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests import factories
from tests.browser.annotation import (
    TOP,
    hold,
    open_annotation,
    press,
    prompt,
    turn,
    wait_for_paint,
)
from tests.browser.conftest import PICTURES, images

LISTEN_TO_THE_WHEEL = """() => {
    window.turned = new Promise((resolve) => addEventListener("wheel", () => resolve(), {once: true}));
}"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Of each picture: pixels of the page for one of its own, and how far its middle is from its box's.
SEEN = f"""[...document.querySelectorAll("{TOP} .frame__image")].map((image) => {{
    const [mat, box] = [image.parentElement, image].map((element) => element.getBoundingClientRect());
    return {{
        scale: Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight),
        x: box.x + box.width / 2 - mat.x - mat.width / 2,
        y: box.y + box.height / 2 - mat.y - mat.height / 2,
    }};
}})"""


@cache
def picture(width, height):
    """Return a picture whose every pixel has a color of its own, far from those of its neighbours."""
    y, x = np.mgrid[:height, :width]
    colors = np.stack([(97 * x + 57 * y) % 256, (31 * x + 149 * y) % 256, x // 256 * 16 + y // 256], axis=2)
    file = BytesIO()
    Image.fromarray(colors.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def show(page, first=(900, 900), second=(900, 900)):
    """Have the pictures be of these sizes, and open the first pair."""
    bodies = {"1": picture(*first), "2": picture(*second)}
    page.route(
        PICTURES, lambda route: route.fulfill(body=bodies[route.request.url[-1]], content_type="image/png")
    )
    return wait_for_pictures(open_annotation(page))


def wait_for_pictures(page):
    page.wait_for_function(
        f"""[...document.querySelectorAll("{TOP} .frame__image")].every((image) => image.complete)"""
    )
    page.wait_for_selector(f"{TOP} .frame--loading", state="detached")
    wait_for_paint(page)
    return page


@pytest.fixture
def annotation(page, sign_in, anna, records):
    return show(sign_in(page, anna))


@pytest.fixture
def phone(new_page, sign_in, anna, records):
    return show(sign_in(new_page(**PHONE), anna))


def seen(page):
    return page.evaluate(SEEN)


def both(page):
    """Return how both pictures are seen, which is alike."""
    first, second = seen(page)
    assert first == pytest.approx(second, abs=0.001)
    return first


def mat(page, number=1):
    return page.locator(f"{TOP} .frame__mat").nth(number - 1).bounding_box()


def sizes(page):
    """Return the width and the height of each picture, in its own pixels."""
    images = page.locator(f"{TOP} .frame__image")
    return images.evaluate_all("all => all.map((image) => [image.naturalWidth, image.naturalHeight])")


def drawn(page):
    """Return how large each picture is drawn, in pixels of the page."""
    return [
        {"width": view["scale"] * width, "height": view["scale"] * height}
        for view, (width, height) in zip(seen(page), sizes(page), strict=True)
    ]


def under(page, point, number=1):
    """Return the pixel of a picture under a point of the page, counted from the picture's middle."""
    box, view = mat(page, number), seen(page)[number - 1]
    middle = (box["x"] + box["width"] / 2 + view["x"], box["y"] + box["height"] / 2 + view["y"])
    return [(at - zero) / view["scale"] for at, zero in zip(point, middle, strict=True)]


def point_in(page, x, y, number=1):
    """Return a point of the page: so many parts of a box from its upper left corner."""
    box = mat(page, number)
    return round(box["x"] + x * box["width"]), round(box["y"] + y * box["height"])


def tool(page, name):
    return page.get_by_role("button", name=name, exact=True)


def wheel(page, point, delta):
    page.mouse.move(*point)
    page.evaluate(
        "() => { window.turned = new Promise((turned) => addEventListener('wheel', turned, {once: true})); }"
    )
    page.mouse.wheel(0, delta)
    page.evaluate("() => window.turned.then(() => {})")
    wait_for_paint(page)


def drag(page, start, by):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0], start[1] + by[1], steps=4)
    page.mouse.up()


def touch(page, *frames):
    """Put fingers on the page, move them from frame to frame, which are lists of points, and lift them."""
    session = page.context.new_cdp_session(page)
    for kind, points in [
        ("touchStart", frames[0]),
        *(("touchMove", frame) for frame in frames),
        ("touchEnd", []),
    ]:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    session.detach()


def swipe(page, start, by):
    touch(page, *([(start[0] + by * part, start[1])] for part in (0, 0.25, 0.5, 0.75, 1)))


def on_top(page):
    """Return the number of the picture that is seen in the first box."""
    x, y = point_in(page, 0.5, 0.5)
    return page.evaluate(
        """([x, y]) => {
            const frame = document.elementFromPoint(x, y).closest(".frame");
            return [...frame.parentElement.children].indexOf(frame) + 1;
        }""",
        [x, y],
    )


@pytest.mark.parametrize(("nearer", "further"), [("+", "-"), ("=", "-")])
def test_keys_zoom_both_pictures_alike(annotation, nearer, further):
    fitting = both(annotation)
    press(annotation, nearer)
    press(annotation, nearer)

    assert both(annotation)["scale"] == pytest.approx(fitting["scale"] * 1.25**2)
    press(annotation, further)
    assert both(annotation)["scale"] == pytest.approx(fitting["scale"] * 1.25)
    press(annotation, "0")
    assert both(annotation) == pytest.approx(fitting, abs=0.001)


def test_buttons_do_what_keys_do_and_leave_the_focus_to_the_page(annotation):
    fitting = both(annotation)["scale"]
    tool(annotation, "Zoom in").click()
    assert both(annotation)["scale"] == pytest.approx(fitting * 1.25)
    assert annotation.evaluate("document.activeElement === document.body")

    tool(annotation, "1:1").click()
    assert both(annotation)["scale"] == pytest.approx(1)
    tool(annotation, "Zoom: 100 %").click()
    assert both(annotation)["scale"] == pytest.approx(fitting)
    expect(tool(annotation, "Zoom: Fit")).to_be_visible()


def test_a_tool_that_was_pressed_by_key_keeps_the_focus(annotation):
    tool(annotation, "Zoom in").press("Enter")

    expect(tool(annotation, "Zoom in")).to_be_focused()


@pytest.mark.parametrize("number", [1, 2])
def test_the_wheel_keeps_what_is_under_the_pointer(annotation, number):
    point = point_in(annotation, 0.45, 0.6, number)
    before = under(annotation, point, number)
    wheel(annotation, point, -300)
    wheel(annotation, point, -300)

    assert both(annotation)["scale"] > 1
    assert under(annotation, point, number) == pytest.approx(before, abs=0.01)
    wheel(annotation, point, 5000)
    expect(tool(annotation, "Zoom: Fit")).to_be_visible()


def test_the_wheel_with_control_zooms_the_pictures_and_not_the_page(annotation):
    before = both(annotation)["scale"]
    annotation.keyboard.down("Control")
    wheel(annotation, point_in(annotation, 0.5, 0.5), -50)
    annotation.keyboard.up("Control")

    assert both(annotation)["scale"] > before
    assert annotation.evaluate("devicePixelRatio") == 1


def test_dragging_moves_both_as_far_as_their_edges(annotation):
    press(annotation, "p")
    box, start = mat(annotation), point_in(annotation, 0.5, 0.5)
    drag(annotation, start, (-40, 30))
    assert both(annotation) == pytest.approx({"scale": 1, "x": -40, "y": 30}, abs=0.6)

    drag(annotation, start, (600, 600))
    edges = {"x": (900 - box["width"]) / 2, "y": (900 - box["height"]) / 2}
    assert both(annotation) == pytest.approx({"scale": 1, **edges}, abs=0.6)


def test_what_fits_stays_where_it_is(annotation):
    before = both(annotation)
    drag(annotation, point_in(annotation, 0.5, 0.5), (-90, 60))

    assert both(annotation) == pytest.approx(before, abs=0.001)


def test_a_click_brings_a_point_of_the_picture_to_the_middle(annotation):
    press(annotation, "p")
    point = point_in(annotation, 0.6, 0.45)
    wanted = under(annotation, point)
    annotation.mouse.click(*point)

    assert under(annotation, point_in(annotation, 0.5, 0.5)) == pytest.approx(wanted, abs=1.5)


def test_shift_and_arrows_move_what_is_near_and_lead_nowhere(annotation):
    before = prompt(annotation)
    press(annotation, "p")
    press(annotation, "Shift+ArrowRight")
    press(annotation, "Shift+ArrowDown")

    assert both(annotation) == pytest.approx({"scale": 1, "x": -60, "y": -60}, abs=0.6)
    assert prompt(annotation) == before


@pytest.mark.parametrize(
    "options", [{}, {"device_scale_factor": 1.5}, {"viewport": {"width": 1367, "height": 801}}]
)
def test_one_to_one_shows_every_pixel_as_it_is(new_page, sign_in, anna, records, options):
    sizes = [(1301, 1101), (1200, 1000)]
    page = show(sign_in(new_page(**options), anna), *sizes)
    press(page, "p")
    drag(page, point_in(page, 0.5, 0.5), (-33, 21))
    expect(tool(page, "Zoom: 100 %")).to_be_visible()

    sources = {size: np.asarray(Image.open(BytesIO(picture(*size)))) for size in sizes}
    for number in (1, 2):
        shown = page.locator(f"{TOP} .frame__image").nth(number - 1)
        source = sources[tuple(shown.evaluate("(image) => [image.naturalWidth, image.naturalHeight]"))]
        # Away from the round corners.
        shot = page.screenshot(clip=_inner(mat(page, number), 20))
        patch = np.asarray(Image.open(BytesIO(shot)).convert("RGB"))
        assert _is_part(patch[8:-8, 8:-8], source)


def test_pictures_that_come_late_can_be_looked_at_closely_too(page, sign_in, anna, records):
    page.route(PICTURES, lambda route: route.fulfill(body=picture(900, 900), content_type="image/png"))
    let_go = hold(page, PICTURES)
    open_annotation(sign_in(page, anna))
    let_go()
    wait_for_pictures(page)
    press(page, "p")

    expect(tool(page, "Zoom: 100 %")).to_be_visible()


def _inner(box, by):
    x, y = round(box["x"]) + by, round(box["y"]) + by
    return {"x": x, "y": y, "width": round(box["width"]) - 2 * by, "height": round(box["height"]) - 2 * by}


def _is_part(patch, source):
    rows, columns = patch.shape[:2]
    for y, x in np.argwhere((source == patch[0, 0]).all(axis=2)):
        found = source[y : y + rows, x : x + columns]
        if found.shape == patch.shape and (found == patch).all():
            return True
    return False


@pytest.mark.parametrize(
    ("first", "second"),
    [((512, 512), (1024, 1024)), ((2048, 1536), (128, 96)), ((1, 1), (1024, 1024)), ((900, 900), (500, 300))],
)
def test_pictures_of_different_sizes_fill_their_frames_alike(page, sign_in, anna, records, first, second):
    show(sign_in(page, anna), first, second)
    mats = [mat(page, number) for number in (1, 2)]
    assert mats[0]["width"] == mats[1]["width"]
    assert mats[0]["height"] == mats[1]["height"]
    for box, (width, height) in zip(drawn(page), sizes(page), strict=True):
        whole = min(mats[0]["width"] / width, mats[0]["height"] / height)
        assert box == pytest.approx({"width": whole * width, "height": whole * height}, abs=1)


def test_a_very_long_picture_is_more_than_a_line(page, sign_in, anna, records):
    show(sign_in(page, anna), (4000, 4), (4, 4000))
    assert min(min(box.values()) for box in drawn(page)) >= 24


def test_pictures_of_different_sizes_can_be_seen_at_one_scale(page, sign_in, anna, records):
    show(sign_in(page, anna), (900, 900), (450, 450))
    wide, high = (max(box[side] for box in drawn(page)) for side in ("width", "height"))
    press(page, "0")
    expect(tool(page, "Zoom: Same")).to_be_visible()
    assert sorted(box["width"] for box in drawn(page)) == pytest.approx([wide / 2, wide], abs=1)
    press(page, "0")
    expect(tool(page, "Zoom: Fit")).to_be_visible()
    assert [box["height"] for box in drawn(page)] == pytest.approx([high, high], abs=1)


def test_zooming_keeps_pictures_of_different_sizes_alike(page, sign_in, anna, records):
    show(sign_in(page, anna), (900, 900), (450, 450))
    press(page, "+")
    press(page, "+")
    first, second = drawn(page)
    assert first == pytest.approx(second, abs=1)
    press(page, "p")
    assert both(page)["scale"] == pytest.approx(1)


def test_what_is_looked_at_closely_stays_as_large_in_another_window(annotation):
    press(annotation, "p")
    annotation.set_viewport_size({"width": 1100, "height": 800})
    wait_for_paint(annotation)

    assert both(annotation)["scale"] == pytest.approx(1)


def test_a_picture_that_does_not_load_leaves_the_other_as_it_is(page, console_errors, sign_in, anna, records):
    page.route("**/pictures/*-2", lambda route: route.fulfill(status=404))
    open_annotation(sign_in(page, anna))
    press(page, "+")

    expect(page.locator(f"{TOP} .frame__failure:visible")).to_have_count(1)
    expect(tool(page, "Zoom: Fit")).to_have_count(0)
    # The pictures of the next pairs fail a little later.
    page.goto("about:blank")
    console_errors.clear()


@pytest.mark.parametrize("width", [1440, 700])
def test_space_lays_the_second_picture_exactly_over_the_first(new_page, sign_in, anna, records, width):
    page = show(sign_in(new_page(viewport={"width": width, "height": 1000}), anna))
    press(page, "+")
    drag(page, point_in(page, 0.5, 0.5), (20, 10))
    places = [mat(page, 1), mat(page, 2)]
    names = [page.locator(f"{TOP} figcaption").nth(number).bounding_box()["y"] for number in (0, 1)]
    page.keyboard.down("Space")

    assert mat(page, 2) == pytest.approx(places[0])
    assert mat(page, 1) == places[0]
    assert both(page)
    assert on_top(page) == 2
    expect(page.locator(f"{TOP} figcaption:visible")).to_have_text("Image 2")
    assert page.locator(f"{TOP} figcaption").nth(1).bounding_box()["y"] == pytest.approx(names[0])

    page.keyboard.up("Space")
    assert [mat(page, 1), mat(page, 2)] == places
    expect(page.locator(f"{TOP} figcaption:visible")).to_have_count(2)


def test_space_belongs_to_the_control_that_has_the_focus(annotation):
    tool(annotation, "Zoom in").focus()
    before = both(annotation)["scale"]
    annotation.keyboard.down("Space")
    assert on_top(annotation) == 1
    annotation.keyboard.up("Space")
    assert both(annotation)["scale"] > before

    annotation.evaluate("document.activeElement.blur()")
    press(annotation, "?")
    annotation.evaluate("document.activeElement.blur()")
    annotation.keyboard.down("Space")
    expect(annotation.locator("[data-lifted]")).to_have_count(0)
    annotation.keyboard.up("Space")


def test_a_window_that_loses_the_keys_shows_the_first_picture_again(annotation):
    annotation.keyboard.down("Space")
    annotation.evaluate("window.dispatchEvent(new Event('blur'))")

    assert on_top(annotation) == 1


def test_a_button_lays_it_over_for_those_who_cannot_hold_a_key(annotation):
    button = tool(annotation, "Show image 2 in place of image 1")
    button.click()
    assert on_top(annotation) == 2
    expect(button).to_have_attribute("aria-pressed", "true")

    annotation.keyboard.down("Space")
    assert on_top(annotation) == 1
    annotation.keyboard.up("Space")
    assert on_top(annotation) == 2
    press(annotation, "x")
    assert on_top(annotation) == 1
    expect(button).to_have_attribute("aria-pressed", "false")


def test_keys_that_are_off_leave_the_buttons_on(annotation):
    turn(annotation, "Single-key shortcuts")
    annotation.evaluate("document.activeElement.blur()")
    before = both(annotation)
    for key in ("+", "p", "x", "o"):
        press(annotation, key)
    annotation.keyboard.down("Space")
    assert on_top(annotation) == 1
    annotation.keyboard.up("Space")
    assert both(annotation) == pytest.approx(before, abs=0.001)

    tool(annotation, "Zoom in").click()
    assert both(annotation)["scale"] > before["scale"]
    tool(annotation, "Show image 2 in place of image 1").click()
    assert on_top(annotation) == 2


def test_f_fills_the_screen_and_gives_it_back(annotation):
    button = tool(annotation, "Full screen")
    press(annotation, "f")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert annotation.evaluate("document.fullscreenElement === document.documentElement")

    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert annotation.evaluate("document.fullscreenElement") is None


def test_a_new_pair_is_seen_from_afar_and_side_by_side(annotation):
    first, fitting = prompt(annotation), both(annotation)
    press(annotation, "p")
    press(annotation, "x")
    press(annotation, "3")
    expect(annotation.locator(f"{TOP} .prompt__text")).not_to_have_text(first)
    wait_for_pictures(annotation)

    assert both(annotation) == pytest.approx(fitting, abs=0.001)
    assert on_top(annotation) == 1
    expect(tool(annotation, "Zoom: Fit")).to_be_visible()
    expect(tool(annotation, "Show image 2 in place of image 1")).to_have_attribute("aria-pressed", "false")

    press(annotation, "Backspace")
    expect(annotation.locator(f"{TOP} .prompt__text")).to_have_text(first)
    wait_for_pictures(annotation)
    assert both(annotation) == pytest.approx(fitting, abs=0.001)
    press(annotation, "+")
    assert both(annotation)["scale"] == pytest.approx(fitting["scale"] * 1.25)


def test_nothing_moves_when_tools_are_used(annotation):
    places = f"""[...document.querySelectorAll("{TOP} :is(.frame__mat, .choice), .tools .button")].map(
        (element) => JSON.stringify(element.getBoundingClientRect())
    )"""
    before = annotation.evaluate(places)
    for key in ("+", "p", "+", "-", "0", "x", "x"):
        press(annotation, key)

    assert annotation.evaluate(places) == before


def test_two_fingers_zoom_where_they_are(phone):
    press(phone, "p")
    x, y = point_in(phone, 0.35, 0.45)
    before, scale = under(phone, (x, y)), both(phone)["scale"]
    touch(phone, *([(x - apart, y - apart), (x + apart, y + apart)] for apart in (20, 30, 40, 50, 60)))

    assert both(phone)["scale"] == pytest.approx(scale * 3, rel=0.01)
    assert under(phone, (x, y)) == pytest.approx(before, abs=2)
    assert phone.evaluate("visualViewport.scale") == 1


def test_one_finger_moves_what_is_near(phone):
    tool(phone, "Compare tools").tap()
    tool(phone, "1:1").tap()
    before = both(phone)
    swipe(phone, point_in(phone, 0.5, 0.5), -50)

    assert both(phone) == pytest.approx(before | {"x": before["x"] - 50}, abs=1)


def test_a_swipe_changes_the_picture_that_is_shown_alone(phone):
    apart = mat(phone)["width"] * mat(phone)["height"]
    tool(phone, "Compare tools").tap()
    tool(phone, "One at a time").tap()
    assert mat(phone, 1) == mat(phone, 2)
    assert mat(phone)["width"] * mat(phone)["height"] > 1.7 * apart
    assert on_top(phone) == 1

    for by, number in [(-120, 2), (-120, 2), (20, 2), (120, 1)]:
        swipe(phone, point_in(phone, 0.5, 0.4), by)
        assert on_top(phone) == number

    press(phone, "p")
    swipe(phone, point_in(phone, 0.5, 0.4), -120)
    assert on_top(phone) == 1


def test_buttons_change_it_too_and_are_large_enough_for_a_thumb(phone):
    tool(phone, "Compare tools").tap()
    tool(phone, "One at a time").tap()
    for name, number in [("Image 2", 2), ("Image 1", 1)]:
        tool(phone, name).tap()
        assert on_top(phone) == number
        expect(tool(phone, name)).to_have_attribute("aria-pressed", "true")

    for button in phone.locator(".compare .button:visible").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        expect(button).to_be_in_viewport(ratio=0.99)


def test_one_at_a_time_is_remembered(phone):
    press(phone, "o")
    phone.reload()
    phone.wait_for_selector("[data-saving]:not([data-state=''])")

    expect(tool(phone, "Image 1")).to_be_visible()
    assert mat(phone, 1) == mat(phone, 2)


def test_a_swipe_does_nothing_to_pictures_beside_each_other(phone):
    before = both(phone)
    swipe(phone, point_in(phone, 0.6, 0.5), -60)

    assert on_top(phone) == 1
    assert both(phone) == pytest.approx(before, abs=0.001)


def test_records_without_two_pictures_have_no_such_tools(database, page, sign_in, anna):
    with database.transaction() as session:
        texts = factories.dataset(session, "texts")
        factories.record(session, texts, fields={"images": {"prompt": "a cat"}})
        factories.record(session, texts, fields=images("a cat"))
    open_annotation(sign_in(page, anna), "/datasets/texts/annotate")

    tools = page.locator("[data-compare]")
    assert page.locator(f"{TOP} .images").count() == 0
    expect(page.locator(TOP)).to_contain_text("The field 'images.image_1' is empty")
    press(page, "1")
    press(page, "Enter")
    expect(page.locator(TOP)).to_contain_text("The field 'images.image_1' is empty")
    expect(tools).to_be_hidden()
    press(page, "d")
    expect(page.locator(f"{TOP} .images")).to_be_visible()
    expect(tools).to_be_visible()
    press(page, "d")
    expect(page.locator("[data-empty-state]")).to_be_visible()
    expect(tools).to_be_hidden()


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}, PHONE])
def test_the_tools_are_accessible(new_page, sign_in, anna, records, options):
    page = show(sign_in(new_page(bypass_csp=True, reduced_motion="reduce", **options), anna))
    if options is PHONE:
        tool(page, "Compare tools").tap()
    for key in ("p", "x", "o"):
        press(page, key)
        found = Axe().run(page).response["violations"]
        assert [f"{problem['id']}: {problem['nodes'][0]['html']}" for problem in found] == []
