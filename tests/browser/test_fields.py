"""Fields of every type, templates that mean harm, and several questions, in a real browser."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from diptych.assignments.service import claim
from tests import factories
from tests.browser.annotation import TOP, click_and_go, open_annotation, press, press_and_go, top
from tests.browser.conftest import images
from tests.factories import shapes

ADDRESS = "/datasets/notes/annotate"
CHAT = [{"role": "user", "content": "What is **that**?"}, {"role": "assistant", "content": "A cat."}]
# Each attempt writes what it got, or that it got nothing.
ATTACK = """<ul id="log"></ul><script>
    const attempts = {
        cookie: () => document.cookie,
        storage: () => localStorage.length,
        database: () => indexedDB.open("x").onsuccess,
        parent: () => parent.document.title,
        frame: () => frameElement.id,
        top: () => { top.location = "/login"; },
        popup: () => window.open("/account").closed,
        origin: () => { if (origin === "null") throw 1; return origin; },
        fetch: async () => (await fetch("/account")).status,
        form: async () => (await fetch("/logout", {method: "POST", mode: "no-cors"})).type,
        record: () => record.fields.shop.name,
    };
    (async () => {
        for (const [name, attempt] of Object.entries(attempts)) {
            let got = "nothing";
            try { got = await attempt(); } catch {}
            const line = document.createElement("li");
            line.textContent = `${name}: ${got}`;
            log.append(line);
        }
    })();
</script>"""
QUIET = """<p id="state">calm</p><script>state.textContent = "harm"</script>
<img src="data:," onerror="state.textContent = 'harm'"><svg onload="state.textContent = 'harm'"></svg>
<a href="javascript:void(document.getElementById('state').textContent = 'harm')">press</a>
<a id="away" href="/account" target="_top">leave</a>
<div>{{record.fields.shop.name}}</div>"""
HOSTILE = "</div></script><script>parent.harm = 1</script><img src=x onerror='parent.harm = 2'>"


@pytest.fixture
def show(database, sign_in, anna):
    """Make a dataset of some records and open anna's first: ``show(page, fields, record)``."""

    def show(page, fields, record, questions=None, suggested=None):
        with database.transaction() as session:
            dataset = factories.dataset(session, "notes", fields, questions or {"label": shapes.LABEL})
            for _ in range(3):
                added = factories.record(session, dataset, fields=record)
                for question, value in (suggested or {}).items():
                    factories.suggestion(session, added, question, value, 0.75)
            claim(session, dataset, anna, limit=2, lease_seconds=600)
        return open_annotation(sign_in(page, anna), ADDRESS)

    return show


@pytest.fixture
def values(answers):
    """Read the values of each of anna's answers."""

    def values():
        return [answer.values for answer in answers()]

    return values


def test_an_advanced_template_reaches_nothing_but_the_record(page, show, console_errors):
    page = show(page, {"shop": shapes.custom(ATTACK, advanced=True)}, {"shop": {"name": HOSTILE}})
    lines = top(page).frame_locator("iframe").locator("li")
    expect(lines).to_have_count(11)
    got = dict(line.split(": ", 1) for line in lines.all_inner_texts())
    assert got.pop("record") == HOSTILE
    assert got.pop("popup") in {"nothing", "null"}
    assert set(got.values()) == {"nothing"}, got
    assert page.url.endswith(ADDRESS)
    assert page.evaluate("window.harm ?? null") is None
    page.goto("about:blank")
    console_errors.clear()


def test_opened_by_itself_an_advanced_template_reaches_no_more(page, show, console_errors):
    template = shapes.custom(ATTACK.replace("top.location", "parent.parent.x.y"), advanced=True)
    page = show(page, {"shop": template}, {"shop": {"name": "Corner"}})
    with page.expect_popup() as popup:
        top(page).get_by_role("link", name="Open in a tab").click()
    alone = popup.value
    alone.set_default_timeout(5_000)
    expect(alone.locator("li")).to_have_count(11)
    got = dict(line.split(": ", 1) for line in alone.locator("li").all_inner_texts())
    for name in ("cookie", "storage", "database", "origin", "fetch", "form"):
        assert got[name] == "nothing"
    assert got["record"] == "Corner"
    alone.close()
    page.goto("about:blank")
    console_errors.clear()


def test_no_script_of_a_handlebars_template_runs(page, show, console_errors):
    page = show(page, {"shop": shapes.custom(QUIET)}, {"shop": {"name": HOSTILE}})
    frame = top(page).frame_locator("iframe")
    expect(frame.locator("div")).to_have_text(HOSTILE)
    asked = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    frame.get_by_text("press").click()
    frame.get_by_text("leave").click()
    # Its request comes after the one that leaving the page would have sent.
    page.evaluate("fetch('/healthz').then((reply) => reply.text())")
    assert "/account" not in asked
    expect(frame.locator("#state")).to_have_text("calm")
    assert page.url.endswith(ADDRESS)
    assert page.evaluate("window.harm ?? null") is None
    page.goto("about:blank")
    console_errors.clear()


def test_keys_work_again_as_soon_as_the_pointer_leaves_a_frame(page, show, values):
    page = show(page, {"shop": shapes.custom("<p>Look</p>")}, {"shop": {"name": "Corner"}})
    top(page).frame_locator("iframe").get_by_text("Look").click()
    assert page.evaluate("document.activeElement.tagName") == "IFRAME"
    press(page, "1")
    assert values() == []
    page.mouse.move(700, 880)
    press_and_go(page, "1")
    assert values() == [{"label": {"value": "good"}}]


def test_a_template_cannot_take_the_keys(page, show, values, console_errors):
    # The test driver counts as somebody who has just clicked; so does a person who has pressed a key.
    page.add_init_script(
        "Object.defineProperty(navigator, 'userActivation', {get: () => ({isActive: window.hasPressed})})"
    )
    template = "<input id=it><script>window.focus(); it.focus(); it.value = 'got it'</script>"
    page = show(page, {"shop": shapes.custom(template, advanced=True)}, {"shop": {"name": "Corner"}})
    expect(top(page).frame_locator("iframe").get_by_role("textbox")).to_have_value("got it")
    page.wait_for_selector("[data-card][inert]")
    page.evaluate("window.hasPressed = true")
    press_and_go(page, "2")
    page.frame_locator("[data-card][inert] iframe").locator("input").evaluate("(it) => it.value === 'got it'")
    press_and_go(page, "1")
    assert values() == [{"label": {"value": "bad"}}, {"label": {"value": "good"}}]
    page.goto("about:blank")
    console_errors.clear()


EVERYTHING = {
    "side": shapes.SIDE,
    "stars": shapes.RATING,
    "flaws": shapes.LABELS,
    "order": shapes.RANKING | {"required": False},
    "why": shapes.TEXT | {"required": False},
}


def test_several_questions_are_answered_with_keys_and_enter(page, show, values):
    page = show(page, {"text": shapes.TEXT}, {"text": "A note"}, EVERYTHING)
    top(page).get_by_role("radio", name="4").click()
    press(page, "2")
    top(page).get_by_label("Option hands").click()
    top(page).get_by_label("Option text").click()
    press_and_go(page, "Enter")
    assert values() == [
        {"side": {"value": "image_2"}, "stars": {"value": 4}, "flaws": {"value": ["hands", "text"]}}
    ]


def test_what_is_missing_is_asked_for_before_anything_is_sent(page, show, values):
    page = show(page, {"text": shapes.TEXT}, {"text": "A note"}, EVERYTHING)
    top(page).get_by_label("Option image_1").first.click()
    top(page).get_by_role("radio", name="4").click()
    top(page).get_by_role("button", name="Submit").click()
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("value", "hands")
    assert focused.evaluate("(input) => input.validationMessage") == "Please choose at least one."
    click_and_go(page, page.get_by_role("button", name="Save as draft"))
    assert values() == [{"side": {"value": "image_1"}, "stars": {"value": 4}}]


def test_typing_an_answer_presses_no_key_of_the_page(page, show, values):
    page = show(page, {"text": shapes.TEXT}, {"text": "A note"}, EVERYTHING)
    top(page).get_by_role("textbox").press_sequentially("1 dog? d\n2")
    assert values() == []
    assert top(page).get_by_role("textbox").input_value() == "1 dog? d\n2"
    expect(top(page).get_by_role("radio", checked=True)).to_have_count(0)


def test_several_questions_work_without_scripts(show, new_page, values):
    page = new_page(java_script_enabled=False)
    page = show(
        page,
        {"text": shapes.TEXT, "shop": shapes.custom("<p>Look</p>")},
        {"text": "A note", "shop": {"a": 1}},
        EVERYTHING,
    )
    expect(top(page).frame_locator("iframe").get_by_text("Look")).to_be_visible()
    top(page).get_by_label("Option image_1").first.click()
    top(page).get_by_role("radio", name="4").click()
    top(page).get_by_label("Option hands").click()
    top(page).get_by_role("combobox").nth(0).select_option("2")
    top(page).get_by_role("combobox").nth(1).select_option("1")
    top(page).get_by_role("textbox").fill("Because")
    with page.expect_navigation():
        page.get_by_role("button", name="Submit").click()
    (given,) = values()
    assert given["why"] == {"value": "Because"}
    assert given["order"] == {"value": [{"value": "image_2", "rank": 1}, {"value": "image_1", "rank": 2}]}


def test_a_suggestion_moves_nothing(database, new_page, sign_in, anna, dataset):
    places = f"""[...document.querySelectorAll(".tools .button, {TOP} :is(.frame__mat, .choice)")].map(
        (element) => JSON.stringify(element.getBoundingClientRect()))"""
    found = set()
    with database.transaction() as session:
        plain, marked = (factories.record(session, dataset, fields=images("a cat")) for _ in range(2))
        factories.suggestion(session, marked, "preference", "both_good", 0.5)
        people = {1440: anna, 390: factories.user(session, "ben")}
        for person in people.values():
            claim(session, dataset, person, limit=2, lease_seconds=600)
    for width, person in people.items():
        page = sign_in(new_page(viewport={"width": width, "height": 844}), person)
        for record in (plain, marked):
            open_annotation(page, f"/datasets/cats/annotate?record={record.id}")
            found.add((width, str(page.evaluate(places))))
        hint = top(page).locator(".hint")
        expect(hint).to_have_text("Suggested")
        expect(hint).to_be_in_viewport(ratio=1)
    assert len(found) == 2


ALL_FIELDS = {
    "plain": shapes.TEXT,
    "rich": shapes.MARKDOWN,
    "chat": shapes.CHAT,
    "photo": shapes.IMAGE,
    "images": shapes.custom(""),
    "shop": shapes.custom("<h2>{{record.fields.shop.name}}</h2><a href='#x'>A link</a>"),
}
ALL_VALUES = {
    "plain": "Some text",
    "rich": "# Head\n\n[link](https://example.org)",
    "chat": CHAT,
    "photo": "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
    "shop": {"name": "Corner"},
}


@pytest.mark.parametrize(
    "questions", [{"side": shapes.SIDE}, EVERYTHING, {"names": shapes.SPAN, "side": shapes.SIDE}]
)
@pytest.mark.parametrize(("scheme", "rules"), [("light", []), ("dark", ["color-contrast"])])
def test_everything_is_accessible(show, new_page, questions, scheme, rules):
    page = new_page(bypass_csp=True, color_scheme=scheme)
    suggested = {"side": "image_1", "stars": 3, "flaws": ["text"], "why": "So", "order": ["image_1"]}
    suggested = {name: value for name, value in suggested.items() if name in questions}
    page = show(page, ALL_FIELDS, ALL_VALUES | images("a cat"), questions, suggested)
    found = Axe().run(page, options={"runOnly": rules} if rules else None).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html']}" for one in found] == []


@pytest.mark.parametrize("questions", [{"side": shapes.SIDE}, EVERYTHING])
def test_a_narrow_window_scrolls_in_one_direction_only(show, new_page, questions):
    page = new_page(viewport={"width": 320, "height": 568})
    values = ALL_VALUES | {"plain": "x" * 500} | images("a cat")
    page = show(page, ALL_FIELDS, values, questions, {"side": "image_1"})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    inside = ".fields, .questions"
    assert page.locator(inside).evaluate_all("all => all.every((one) => one.scrollWidth <= one.clientWidth)")
