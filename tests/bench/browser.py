"""The annotation page in a real Chromium: how long an annotator waits for the next pair after a key press.

A wait lasts from the key event to the first message after the frame that shows the next card with both
pictures, while frames run as on a display. Bare pages that swap two painted layers in the same Chromium show
what is possible: at once, while writing to IndexedDB, and after the write.
"""

import base64
import csv
import random
import statistics
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import func, select

from diptych.core.db import Database
from diptych.core.settings import Settings
from diptych.imports.service import import_file
from diptych.models import Dataset, Response
from diptych.users.sessions import start_session
from tests import factories
from tests.bench.far import LATENCY_S, LOST
from tests.bench.figure import Figure
from tests.browser import chromium
from tests.browser.annotation import TOP, all_saved, open_annotation
from tests.browser.processes import SERVE, serving

PAIRS = 60
# After the first pair, which the page cannot fetch ahead.
PRESSES = 40
PIXELS = 1024
# The pace of an annotator: the time from one answer to the next, in ms.
PACE = (550, 850)
FRAME_MS = 1000 / 60
LONG_TASK_MS = 50
WINDOW = {"width": 1440, "height": 900}
FAR = (sys.executable, "-m", "uvicorn", "--factory", "tests.bench.far:create_app", "--log-level", "critical")
_SCRIPT = Path(__file__).with_name("browser.js")
_NOWHERE = "http://bare.test/"
_BARE = """
<style>
    body { display: grid; margin: 0 }
    form { grid-area: 1 / 1; display: flex; z-index: 1; background: #eee; will-change: transform }
    form[inert] { z-index: 0 }
    img { width: 640px; height: 640px }
</style>
<form data-card data-record=1><p class=frame><img src=%(one)s><p class=frame><img src=%(two)s></form>
<form data-card data-record=2 inert><p class=frame><img src=%(two)s><p class=frame><img src=%(one)s></form>
"""
_SWAP = """
    const [before, next] = document.querySelectorAll("[data-card]");
    next.inert = false;
    before.remove();
    setTimeout(() => { before.inert = true; document.body.append(before) }, 80);
"""
_PUT = """
    const transaction = database.transaction("answers", "readwrite");
    transaction.objectStore("answers").add({ answer: "image_1", at: Date.now() });
    transaction.commit();
"""
_LISTEN = """() => new Promise((ready) => {
    const request = indexedDB.open("bare", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("answers", { autoIncrement: true });
    request.onsuccess = () => {
        const database = request.result;
        addEventListener("keydown", () => { %s });
        ready();
    };
})"""
# What bare pages do at a key press.
_BARE_PAGES = {
    "swap": _SWAP,
    "write and swap": _PUT + _SWAP,
    "swap once written": f"{_PUT} transaction.oncomplete = () => {{ {_SWAP} }};",
}
_IS_SEEN = "() => seen.presses.every(({ ms }) => ms !== null)"
_REQUESTS = """() => performance.getEntriesByType("resource")
    .map(({ name, startTime: at, duration: ms }) => ({ path: new URL(name).pathname, at, ms }))"""


def measure(database: Database, address: str, folder: Path) -> list[Figure]:
    data_dir = folder / "browser"
    data_dir.mkdir()
    dataset = _dataset(database, data_dir)
    figures = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        bare = {name: _waits(_bare(browser, script)) for name, script in _BARE_PAGES.items()}
        for name, waits in bare.items():
            figures += _key_to_pair(f"bare page, {name}", waits)
        least = _percentile(bare["write and swap"], 95)
        for where, command in (("near", SERVE), (f"{1000 * LATENCY_S:.0f} ms away, {LOST:.0%} lost", FAR)):
            with serving(address, data_dir, command) as process:
                seen = _visit(browser, process.address, database, dataset)
            figures += _figures(f"page, {where}", seen, least)
        browser.close()
    return figures


def _figures(where: str, seen: Mapping[str, Any], least: float) -> list[Figure]:
    waits, (start, end) = _waits(seen), (seen["presses"][0]["at"], seen["presses"][-1]["at"])
    p95, shown = _percentile(waits, 95), f"{where}: key to next pair"
    # From the event to the first paint after its handlers, in steps of 8 ms; unreported events took less than
    # 16 ms. If the card came after that paint, only the frames of the card show it.
    late = {event["at"]: event["ms"] for event in seen["events"]}
    painted = [late.get(press["at"], 16.0) for press in seen["presses"][1:]]
    requests = [request for request in seen["requests"] if start <= request["at"] <= end]
    asked = sum(one["ms"] for one in requests if one["path"].endswith(("/cards", "/responses/bulk")))
    fetched = sum(one["ms"] for one in requests if one["path"].startswith("/media/"))
    unready = sum(not press["wasReady"] for press in seen["presses"][1:])
    return [
        *_key_to_pair(where, waits),
        Figure(f"{shown}, p95", p95, "ms", least, "bare write and swap, p95"),
        Figure(f"{where}: key event to its paint, p95", _percentile(painted, 95), "ms", FRAME_MS, "a frame"),
        Figure(f"{where}: next pair not ready at a press", unready, f"of {PRESSES}"),
        Figure(f"{where}: layout shift", seen["shift"], ""),
        Figure(f"{where}: longest task over {LONG_TASK_MS} ms", seen["longest"], "ms"),
        Figure(f"{where}: network for cards and answers", asked / PRESSES, "ms a pair"),
        Figure(f"{where}: network for pictures", fetched / PRESSES, "ms a pair"),
    ]


def _key_to_pair(where: str, waits: list[float]) -> list[Figure]:
    return [
        Figure(f"{where}: key to next pair, p50", statistics.median(waits), "ms", FRAME_MS, "a frame"),
        Figure(f"{where}: key to next pair, p95", _percentile(waits, 95), "ms", FRAME_MS, "a frame"),
    ]


def _visit(browser: Browser, address: str, database: Database, dataset: Dataset) -> Mapping[str, Any]:
    with database.transaction() as session:
        person = factories.user(session)
        token = start_session(session, person, days=1)
    with _new_page(browser, base_url=address) as page:
        page.context.add_cookies([{"name": "diptych_session", "value": token, "url": address}])
        open_annotation(page, f"/datasets/{dataset.name}/annotate")
        page.wait_for_selector(TOP)
        seen = _press(page, PRESSES + 1, PACE)
        all_saved(page, timeout=30)
        seen["requests"] = page.evaluate(_REQUESTS)
    with database.transaction() as session:
        stored = session.scalar(select(func.count()).where(Response.user_id == person.id))
    assert stored == PRESSES + 1, f"{stored} of {PRESSES + 1} answers were stored"
    return seen


def _bare(browser: Browser, script: str) -> Mapping[str, Any]:
    pictures = {name: _as_address(number) for number, name in enumerate(("one", "two"))}
    with _new_page(browser) as page:
        page.route(_NOWHERE, lambda route: route.fulfill(body=_BARE % pictures, content_type="text/html"))
        page.goto(_NOWHERE)
        page.evaluate(_LISTEN % script)
        return _press(page, PRESSES + 1, (250, 350))


def _press(page: Page, times: int, pace: tuple[int, int]) -> dict[str, Any]:
    chance = random.Random(2)
    for number in range(times):
        page.wait_for_timeout(chance.uniform(*pace))
        page.wait_for_function(_IS_SEEN)
        page.keyboard.press(str(1 + number % 5))
    page.wait_for_function(_IS_SEEN)
    seen: dict[str, Any] = page.evaluate("seen")
    assert len(seen["presses"]) == times
    return seen


@contextmanager
def _new_page(browser: Browser, **options: Any) -> Iterator[Page]:
    context = browser.new_context(viewport=WINDOW, **options)
    context.add_init_script(path=_SCRIPT)
    page = context.new_page()
    yield page
    context.close()


def _waits(seen: Mapping[str, Any]) -> list[float]:
    return [press["ms"] for press in seen["presses"][1:]]


def _dataset(database: Database, data_dir: Path) -> Dataset:
    folder = data_dir / "pictures"
    folder.mkdir()
    table = folder / "pairs.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "prompt", "image_1", "image_2"])
        for number in range(PAIRS):
            names = [f"{number}-{side}.jpg" for side in (1, 2)]
            for side, name in enumerate(names):
                (folder / name).write_bytes(_picture(2 * number + side))
            writer.writerow([number, f"a red house on a green hill, number {number}", *names])
    with database.transaction() as session:
        dataset = factories.dataset(session, "pictures", min_submitted=3)
    import_file(database, dataset, table, settings=Settings(data_dir=data_dir), images=folder)
    return dataset


def _picture(number: int) -> bytes:
    """Return a JPEG of 100 to 200 KB, which is stored unchanged."""
    coarse = [Image.effect_noise((48 + number % 16,) * 2, 90) for _ in range(3)]
    colours = Image.merge("RGB", [one.resize((PIXELS, PIXELS), Image.Resampling.BICUBIC) for one in coarse])
    grain = Image.effect_noise((PIXELS // 2,) * 2, 14).resize((PIXELS, PIXELS), Image.Resampling.BILINEAR)
    file = BytesIO()
    Image.blend(colours, Image.merge("RGB", [grain] * 3), 0.3).save(file, "JPEG", quality=80)
    return file.getvalue()


def _as_address(number: int) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(_picture(number)).decode()}"


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
