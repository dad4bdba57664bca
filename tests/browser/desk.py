"""What a person does at the annotation page."""

ADDRESS = "/datasets/cats/annotate"
# Longer than the time in which a new page takes no keys.
_LOOK_MS = 170


def open_desk(page, address=ADDRESS):
    """Open the page and wait for its first pair."""
    page.goto(address)
    page.wait_for_selector("[data-desk]")
    return page


def press(page, key):
    """Look at the page, then press a key."""
    page.wait_for_timeout(_LOOK_MS)
    page.keyboard.press(key)


def press_and_go(page, key):
    """Press a key that leads to another page."""
    page.wait_for_timeout(_LOOK_MS)
    with page.expect_navigation():
        page.keyboard.press(key)


def type_(page, **event):
    """Look at the page, then press a key that the test driver does not know."""
    page.wait_for_timeout(_LOOK_MS)
    page.evaluate(
        """(event) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", {bubbles: true, cancelable: true, ...event}))""",
        event,
    )


def prompt(page):
    return page.locator(".prompt__text").inner_text()


def choice(page, number):
    return page.locator("[data-choice]").nth(number - 1)


def pressed(page):
    """Return the numbers of the choices that look chosen."""
    states = page.locator("[data-choice]").evaluate_all("all => all.map((button) => button.ariaPressed)")
    return [number for number, state in enumerate(states, start=1) if state == "true"]


def turn(page, switch):
    """Turn a switch of the keys' dialog."""
    page.get_by_role("button", name="Keys").click()
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.get_by_role("switch", name=switch).click()
    dialog.get_by_role("button", name="Close").click()
