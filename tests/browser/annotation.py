"""What a person does at the annotation page."""

import math

from playwright.sync_api import TimeoutError as Late

from tests.polling import wait_until

ADDRESS = "/datasets/cats/annotate"
# The card that can be seen; the one under it is inert.
TOP = "[data-card]:not([inert])"
# Longer than the time in which a new card, and one whose pictures have just come, takes no keys.
_GLANCE_MS = 155
_GLANCE = f"""async (ms) => {{
    // Without scripts, nothing is ignored, and there are no frames to count.
    if (!matchMedia("(scripting)").matches) return;
    const frame = () => new Promise(requestAnimationFrame);
    const seen = () => {{
        const {{ record, pictures }} = document.querySelector("{TOP}")?.dataset ?? {{}};
        return `${{record}} ${{pictures}}`;
    }};
    let before = seen();
    let since = performance.now();
    while (performance.now() - since < ms) {{
        await frame();
        if (seen() !== before) [before, since] = [seen(), performance.now()];
    }}
}}"""
_SEEN = f"""(() => {{
    const card = document.querySelector("{TOP}");
    return card ? card.dataset.record : document.querySelector("[data-empty-state] h2")?.textContent;
}})()"""
_WAITING = """async () => {
    if (!(await indexedDB.databases()).some(({ name }) => name === "diptych")) return 0;
    const request = indexedDB.open("diptych");
    await new Promise((resolve) => { request.onsuccess = resolve; });
    const count = request.result.transaction("answers").objectStore("answers").count();
    await new Promise((resolve) => { count.onsuccess = resolve; });
    request.result.close();
    return count.result;
}"""


def open_annotation(page, address=ADDRESS):
    """Open the page and wait for its first pair, and until its scripts, if it has any, are at work."""
    page.goto(address, wait_until="domcontentloaded")
    wait_for_annotation(page)
    return page


def wait_for_annotation(page):
    """Wait until one can work at the page, and everything in it has found its place."""
    page.wait_for_selector("[data-annotation]")
    if page.evaluate("matchMedia('(scripting)').matches"):
        page.wait_for_selector("[data-saving]:not([data-state=''])")
        # Until the server has said that no other window shows the first pair, nobody sees it.
        page.wait_for_selector("[data-unconfirmed]", state="detached")
        wait_for_paint(page)


def wait_for_paint(page):
    """Wait until everything that has happened at the page can be seen."""
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def look(page):
    """Look at the page, as soon as there is something to see, until it takes keys for it."""
    page.wait_for_selector(".pause--fetching", state="detached")
    page.wait_for_selector(f"{TOP}[data-pictures=loading]", state="detached")
    glance(page)


def glance(page):
    """Look at the page as it is, for as long as it takes no keys because nobody can have seen it."""
    page.evaluate(_GLANCE, _GLANCE_MS)


def press(page, key):
    """Look at the page, then press a key."""
    look(page)
    page.keyboard.press(key)


def press_and_go(page, key):
    """Press a key that leads to another card, or to none."""
    look(page)
    go(page, lambda: page.keyboard.press(key))


def go(page, act):
    """Do something that leads to another card, or to none."""
    before = page.evaluate(_SEEN)
    act()
    try:
        page.wait_for_function(f"(before) => {_SEEN} !== before", arg=before)
    except Late as error:
        shown = page.locator("body").aria_snapshot()
        message = f"The page still shows {before}:\n{shown}"
        raise AssertionError(message) from error


def click_and_go(page, locator):
    """Look at the page, then click something that leads to another card, or to none."""
    look(page)
    go(page, locator.click)


def type_(page, **event):
    """Look at the page, then press a key that the test driver does not know."""
    look(page)
    page.evaluate(
        """(event) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", {bubbles: true, cancelable: true, ...event}))""",
        event,
    )


def hold(page, pattern):
    """Hold requests for an address; what is returned lets so many go, those to come too, or all of them."""
    held, free = [], 0

    def take(route):
        nonlocal free
        if free:
            free -= 1
            route.fallback()
        else:
            held.append(route)

    def let_go(count=math.inf):
        nonlocal free
        free += count
        while held and free:
            free -= 1
            held.pop(0).fallback()

    page.route(pattern, take)
    return let_go


def wait_for_pairs(page, count):
    """Wait until the pictures of so many pairs have come since the page was opened."""
    page.wait_for_function(
        """(count) => performance.getEntriesByType("resource").filter(
            ({ name, responseStatus }) => name.includes("/media/") && responseStatus === 200
        ).length >= count""",
        arg=2 * count,
    )


def waiting(page):
    """Return how many answers this browser keeps because the server has not confirmed them."""
    return page.evaluate(_WAITING)


def all_saved(page, timeout=10, but=0):
    """Wait until the server has every answer, or every one but so many."""
    wait_until(
        lambda: waiting(page) == but, lambda: f"{waiting(page)} answers are still waiting", seconds=timeout
    )


def top(page):
    """Return the card that can be seen."""
    return page.locator(TOP)


def prompt(page):
    return top(page).locator(".prompt__text").inner_text()


def choice(page, number):
    return top(page).locator("[data-choice]").nth(number - 1)


def pressed(page):
    """Return the numbers of the choices that look chosen."""
    states = top(page).locator("[data-choice]").evaluate_all("all => all.map((one) => one.ariaChecked)")
    return [number for number, state in enumerate(states, start=1) if state == "true"]


def turn(page, switch):
    """Turn a switch of the keys' dialog."""
    page.get_by_role("button", name="Keys").click()
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    dialog.get_by_role("switch", name=switch).click()
    dialog.get_by_role("button", name="Close").click()
