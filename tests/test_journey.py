"""A file goes in, three people answer with nothing but keys, a file comes out."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.annotation import all_saved, press_and_go, top
from tests.browser.ports import free_port
from tests.polling import wait_until

OCEAN = Path(__file__).parent / "data" / "ocean"
COMMAND = Path(sys.executable).parent / "diptych"
PASSWORD = "correct horse"
# What each person presses, pair after pair.
KEYS = {"ada": "112345", "ben": "221543", "cleo": "123451"}
TIMEOUT_S = 60


@pytest.fixture
def diptych(tmp_path):
    """Run the real command on an embedded server of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    environment |= {"DIPTYCH_DATA_DIR": str(tmp_path / "data")}

    def run(*arguments, stdin=None):
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            check=False,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done

    run.environment = environment
    return run


@pytest.fixture
def server(diptych, tmp_path):
    port = free_port()
    command = [COMMAND, "serve", "--port", str(port)]
    with (
        (tmp_path / "server.log").open("w") as log,
        subprocess.Popen(command, env=diptych.environment, stderr=log) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address)
        yield address
        process.terminate()
        process.wait(TIMEOUT_S)
    assert process.returncode in {0, 143}


@pytest.fixture
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


def test_a_file_becomes_answered_records_that_datasets_reads(diptych, server, browser, tmp_path, monkeypatch):
    diptych("datasets", "create", "ocean", "--min-submitted", "3")
    diptych("import", OCEAN / "pairs.csv", "--dataset", "ocean", "--images", OCEAN)
    for name in KEYS:
        diptych("users", "add", name, "--role", "annotator", "--password-stdin", stdin=PASSWORD)

    shown = {name: _annotate(browser, server, name, keys) for name, keys in KEYS.items()}

    diptych("export", "ocean", "--format", "json", "-o", tmp_path / "ocean.json")
    rows = _load(tmp_path / "ocean.json", tmp_path, monkeypatch)
    ids = {user["id"] for user in _people(diptych)}
    assert len(rows) == 6
    for row in rows:
        assert row["status"] == "completed"
        assert row["preference.responses.status"] == ["submitted"] * 3
        assert len(row["preference.responses"]) == 3
        assert len(set(row["preference.responses.users"])) == 3
        assert set(row["preference.responses.users"]) <= ids
    assert _stored(rows) == _meant(rows, shown)


def _annotate(browser, server, name, keys):
    """Log in and answer with keys only; return what was on the left and right, and the key, for each pair."""
    context = browser.new_context(base_url=server, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/login?next=/datasets/ocean/annotate")
    page.wait_for_function("document.activeElement.id === 'username'")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-annotation]")
    seen = []
    for key in keys:
        images = top(page).locator(".frame img")
        images.last.evaluate("image => image.decode()")
        sources = images.evaluate_all("all => all.map((image) => image.getAttribute('src'))")
        seen.append((sources, key))
        press_and_go(page, key)
    assert page.locator("[data-choice]").count() == 0
    all_saved(page)
    context.close()
    return seen


def _stored(rows):
    return sorted(value for row in rows for value in row["preference.responses"])


def _meant(rows, shown):
    """Return the labels that people meant, worked out from what was on screen alone."""
    by_pictures = {frozenset((row["images"]["image_1"], row["images"]["image_2"])): row for row in rows}
    labels = []
    for seen in shown.values():
        for sources, key in seen:
            images = by_pictures[frozenset(sources)]["images"]
            names = {images["image_1"]: "image_1", images["image_2"]: "image_2"}
            left, right = (names[source] for source in sources)
            labels.append([left, right, "both_good", "both_bad", "toxic_content"][int(key) - 1])
    return sorted(labels)


def _people(diptych):
    table = diptych("users", "list").stdout
    return [{"id": line.split()[-2]} for line in table.splitlines() if "annotator" in line]


def _load(path, cache, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(cache / "hub"))
    from datasets import load_dataset  # noqa: PLC0415 - reads HF_HOME when imported

    return load_dataset("json", data_files=str(path), cache_dir=str(cache / "cache"))["train"]


def _wait_until_ready(address):
    def ready():
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
            return json.load(answer) == {"status": "ready"}

    wait_until(ready, "the server to be ready", seconds=TIMEOUT_S, ignoring=OSError)
