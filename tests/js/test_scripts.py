"""The scripts of the pages: their own tests, on Node, and what they may weigh."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from diptych.core.static_files import pack

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "static" / "js"
ENTRANCE = SCRIPTS / "pages" / "annotate" / "page.js"
# Loaded by the page if its dataset has a question of the type; this one has them all.
QUESTIONS = list((ENTRANCE.parent / "questions").glob("*.js"))
MAX_LINES = 150
MAX_BYTES = 30 * 1024
IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")
# The frame of a custom field is a document of its own, with a policy of its own.
FRAME = ROOT / "templates" / "annotate" / "frame.html"
HOW_TO_GET_NODE = (
    "The tests of the scripts need Node.js 18.19 or later: install your system's package "
    "(apt-get install nodejs), or get it from nodejs.org."
)


def test_the_tests_of_the_scripts_pass():
    node = shutil.which("node")
    if node is None:
        pytest.fail(HOW_TO_GET_NODE, pytrace=False)
    files = sorted((ROOT / "tests" / "js").glob("*.test.js"))
    assert len(files) > 5
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", *files],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_annotation_page_weighs_little():
    modules = set[Path]().union(*map(_loaded_by, [ENTRANCE, *QUESTIONS]))
    assert len(modules) > 20
    assert sum(len(pack(path)[1]) for path in modules) <= MAX_BYTES


def test_every_script_is_short_enough_to_be_read():
    lines = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in SCRIPTS.rglob("*.js")}
    assert {path: count for path, count in lines.items() if count >= MAX_LINES} == {}


def test_no_template_holds_a_script():
    found = [
        f"{path.relative_to(ROOT)}: {tag}"
        for path in (ROOT / "templates").rglob("*.html")
        if path != FRAME
        for tag in re.findall(r"<script\b(?![^>]*\bsrc=)[^>]*>|\son\w+=|javascript:", path.read_text())
    ]
    assert found == []


def _loaded_by(path):
    """Return a module and all that it imports, by whichever way."""
    found, waiting = set(), [path]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += [(module.parent / name).resolve() for name in IMPORT.findall(module.read_text())]
    return found
