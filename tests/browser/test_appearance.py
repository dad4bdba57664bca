"""What people see: everything in its place, nothing that moves, harms or shuts anybody out."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from diptych.models import Role
from tests import factories
from tests.browser.annotation import (
    ADDRESS,
    TOP,
    hold,
    open_annotation,
    press,
    press_and_go,
    prompt,
    top,
    wait_for_annotation,
    wait_for_paint,
)
from tests.browser.conftest import PASSWORD, PICTURES, images, login

ANSWERS = "**/responses/bulk"
MEASURE_SHIFTS = """window.shift = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});"""
PLACES = f"""[...document.querySelectorAll("{TOP} :is(.frame__mat, .choice), .tools__back, .tools__end")].map(
    (element) => JSON.stringify(element.getBoundingClientRect())
)"""
HOSTILE = "<script>window.harm = 1</script> <img src=x onerror='window.harm = 2'> {{7*7}} \u202egnp.exe"


def test_nothing_moves_while_the_pictures_load(page, sign_in, anna, records):
    let_go = hold(page, PICTURES)
    page.add_init_script(MEASURE_SHIFTS)
    open_annotation(sign_in(page, anna))
    expect(page.locator(f"{TOP} .frame--loading")).to_have_count(2)
    before = page.evaluate(PLACES)
    let_go()
    page.wait_for_selector(f"{TOP}[data-pictures=shown]")
    wait_for_paint(page)

    assert page.evaluate(PLACES) == before
    assert page.evaluate("window.shift") == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_from_pair_to_pair(new_page, sign_in, anna, records, width):
    page = open_annotation(sign_in(new_page(viewport={"width": width, "height": 844}), anna))
    before = page.evaluate(PLACES)

    for key in ("3", "3", "Backspace", "Backspace"):
        press_and_go(page, key)
        page.wait_for_selector(TOP)
        assert page.evaluate(PLACES) == before


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1366, 768), (390, 844), (390, 664), (844, 390)])
def test_everything_is_in_view_without_scrolling(new_page, sign_in, anna, records, width, height):
    page = open_annotation(sign_in(new_page(viewport={"width": width, "height": height}), anna))

    for element in page.locator(f".tools .button:visible, {TOP} :is(.prompt, .frame, .choice)").all():
        expect(element).to_be_in_viewport(ratio=0.99)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize("address", ["/", "/datasets/cats", "/account", ADDRESS])
def test_a_narrow_window_scrolls_in_one_direction_only(new_page, sign_in, anna, records, address):
    page = sign_in(new_page(viewport={"width": 320, "height": 568}), anna)
    page.goto(address)

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_picture_that_does_not_load_says_so(page, console_errors, sign_in, anna, records):
    page.route(PICTURES, lambda route: route.fulfill(status=404))
    open_annotation(sign_in(page, anna))

    expect(page.get_by_text("This picture failed to load.").first).to_be_visible()
    page.goto("about:blank")
    console_errors.clear()


def test_on_a_phone_the_state_of_the_images_takes_the_line_of_the_question(
    new_page, console_errors, sign_in, anna, records
):
    page = sign_in(new_page(viewport={"width": 390, "height": 844}), anna)
    question = top(page).locator(".choices__question")
    let_go = hold(page, PICTURES)
    open_annotation(page)

    expect(question).to_be_visible()
    expect(top(page).get_by_text("Loading images")).to_be_visible()
    expect(question).to_be_hidden()
    page.route(PICTURES, lambda route: route.fulfill(status=404))
    let_go()
    page.reload()
    expect(top(page).get_by_text("An image is missing")).to_be_visible()
    expect(question).to_be_hidden()
    page.goto("about:blank")
    console_errors.clear()


def test_models_files_and_ids_are_not_shown(database, page, sign_in, dataset, anna):
    with database.transaction() as session:
        metadata = {"model_1": "birch", "model_2": "atlas", "category": "Anime"}
        factories.record(session, dataset, "3368-quality", fields=images("a cat"), metadata=metadata)
    open_annotation(sign_in(page, anna))

    shown = page.locator("body").inner_text()
    described = page.locator("img").evaluate_all("all => all.map((image) => image.alt + image.title)")
    for secret in ("3368", "birch", "atlas", "Anime", "pictures/", "image_1"):
        assert secret not in shown + "".join(described)


def test_hostile_text_is_only_text(database, page, sign_in, anna):
    guidelines = f"{HOSTILE}\n\n[a link](javascript:window.harm=3) ![a picture](https://spy.test/x.png)"
    with database.transaction() as session:
        traps = factories.dataset(session, "<b>50 %</b>? #1/annotate", guidelines=guidelines)
        factories.record(session, traps, fields=images(HOSTILE))
    sign_in(page, anna).goto("/")
    page.get_by_role("link", name="<b>50 %</b>? #1/annotate").click()
    page.get_by_role("button", name="Annotate").click()
    wait_for_annotation(page)
    press(page, "g")

    assert prompt(page) == HOSTILE
    assert top(page).locator(".frame img").first.get_attribute("alt") == f"Image 1: {HOSTILE}"
    panel = page.get_by_role("region", name="Guidelines")
    expect(panel).to_contain_text("<script>window.harm = 1</script>")
    expect(panel).to_contain_text("{{7*7}}")
    expect(panel.locator("script, img, [href^=javascript]")).to_have_count(0)
    assert page.evaluate("window.harm ?? null") is None


@pytest.mark.parametrize(("scheme", "rules"), [("light", []), ("dark", ["color-contrast"])])
def test_every_page_is_accessible(database, new_page, console_errors, dataset, records, scheme, rules):
    with database.transaction() as session:
        factories.user(session, "olga", Role.OWNER, password=PASSWORD)
        factories.dataset(session, "dogs")
    page = new_page(bypass_csp=True, color_scheme=scheme, reduced_motion="reduce")
    problems = []

    def check():
        found = Axe().run(page, options={"runOnly": rules} if rules else None).response["violations"]
        problems.extend(f"{page.url}: {problem['id']}: {problem['nodes'][0]['html']}" for problem in found)

    page.goto("/login")
    check()
    login(page, "olga")
    for address in ("/", "/account", "/datasets/dogs", "/datasets/dogs/imports", "/datasets/dogs/annotate"):
        page.goto(address)
        check()
    for query in ("queue=draft", "outcome=done", "outcome=leased&retry_after=30", "outcome=nothing"):
        page.goto(f"{ADDRESS}?{query}")
        check()
    open_annotation(page)
    check()
    press_and_go(page, "3")
    press_and_go(page, "Backspace")
    press(page, "g")
    check()
    for key in ("?", "r"):
        press(page, key)
        check()
        press(page, "Escape")
    page.route(ANSWERS, lambda route: route.fulfill(status=401))
    press_and_go(page, "4")
    expect(page.get_by_role("dialog", name="You were logged out")).to_be_visible()
    check()
    page.get_by_role("button", name="Later").click()
    page.unroute(ANSWERS)
    with page.expect_response(ANSWERS):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    page.route(ANSWERS, lambda route: route.fulfill(status=503))
    press_and_go(page, "4")
    page.get_by_role("button", name="1 waiting").click()
    expect(page.get_by_role("dialog", name="Your answers")).to_be_visible()
    check()
    page.goto("/datasets/cats")
    check()
    page.goto("/nowhere")
    check()
    console_errors.clear()

    assert problems == []
