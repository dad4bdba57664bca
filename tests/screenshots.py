"""``make screenshots``: run the demonstration, and take pictures of its annotation page for the README."""

import re
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from diptych.core import postgres
from diptych.core.db import Database
from tests.browser import chromium
from tests.browser.annotation import all_saved, look, open_annotation, press_and_go
from tests.browser.processes import serving

FOLDER = Path(__file__).parents[1] / "docs" / "images"
DEMO = (str(Path(sys.executable).parent / "diptych"), "demo")
ANNOTATOR = "demo-anna"
# Words in the prompt of the pair in the pictures, and how many pairs the annotator has answered before it.
WORDS = "yellow umbrella"
ANSWERED = 12
WINDOW = {"width": 1280, "height": 800}
SCALE = 2
QUALITY = 82

# Annotators see the records in the order of their positions.
_IS_OURS = "fields->'images'->>'prompt' LIKE '%' || :words || '%'"
_PUT_IN_PLACE = text(f"""
UPDATE records SET position = 1 + (
    SELECT position FROM records WHERE NOT {_IS_OURS} ORDER BY position OFFSET :answered - 1 LIMIT 1)
WHERE {_IS_OURS}
""")  # noqa: S608 - a constant


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with postgres.running(folder) as address, serving(address, folder, DEMO) as server:
            put_in_place(address)
            log = (folder / "serve.log").read_text("utf-8")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
                page = browser.new_page(
                    base_url=server.address, viewport=WINDOW, device_scale_factor=SCALE, color_scheme="light"
                )
                log_in(page, password_in(log))
                answer(page)
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)
                    # The colours of the buttons change in a transition, which this skips.
                    save(page.screenshot(animations="disabled"), FOLDER / f"annotate-{scheme}.webp")
                browser.close()


def put_in_place(address: str) -> None:
    """Let the pair be the next one after those that are answered before."""
    database = Database(address, pool_size=1)
    with database.transaction() as session:
        found = session.execute(_PUT_IN_PLACE, {"answered": ANSWERED, "words": WORDS})
        assert found.rowcount == 1, f"The demonstration should have one prompt with {WORDS!r}."
    database.dispose()


def password_in(log: str) -> str:
    """Return the annotator's password, which the command prints in a table."""
    return re.search(rf"{ANNOTATOR}\s*\W\s*(\S+)", log)[1]


def log_in(page: Page, password: str) -> None:
    page.goto("/login")
    page.get_by_label("Name").fill(ANNOTATOR)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("/")


def answer(page: Page) -> None:
    """Answer the pairs before ours, and wait until everything is saved and painted."""
    open_annotation(page, "/datasets/demo/annotate")
    for number in range(ANSWERED):
        press_and_go(page, str(1 + number % 3))
    all_saved(page)
    look(page)


def save(screenshot: bytes, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with Image.open(BytesIO(screenshot)) as image:
        image.convert("RGB").save(path, quality=QUALITY, method=6)
    print(f"{path.name}: {path.stat().st_size // 1000} KB")  # noqa: T201 - for the person who asked


if __name__ == "__main__":
    main()
