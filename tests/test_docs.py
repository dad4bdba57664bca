"""What the documentation names exists: files, names in them, pages and their headings."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
# Paths in pages begin at the top of the repository, or in the package.
HOMES = (ROOT, ROOT / "src" / "diptych")
SOURCES = {".py", ".js", ".css", ".html", ".md", ".toml", ".csv"}

_code = re.compile(r"`([^`\n]+)`")
_path = re.compile(r"(?P<path>[\w.<>-]+(?:/[\w.<>-]+)*/?)(?:::(?P<name>\w+))?")
_link = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
_heading = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text_of(page):
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def paths_in(page):
    """Yield the paths that a page names, each with the name after ``::``, if it has one."""
    for code in _code.findall(text_of(page)):
        if (found := _path.fullmatch(code)) and (found["name"] or is_source(found["path"])):
            yield found["path"], found["name"]


def is_source(path):
    """Say whether it is a file or folder of ours: not an address, a file of others, or a word."""
    is_file = Path(path).suffix in SOURCES
    is_folder = path.endswith("/") or any((home / path.partition("/")[0]).is_dir() for home in HOMES)
    return "/" in path and (is_file or is_folder)


def find(path):
    """Return what is at a path; ``<type>`` is any name."""
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    return [file for home in HOMES for file in home.glob(pattern)]


def anchors_of(page):
    """Return the anchors of a page's headings, as the repository's host makes them."""
    headings = _heading.findall(text_of(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_and_every_name_in_it_exists(page):
    missing = [
        f"{path}::{name}" if name else path
        for path, name in paths_in(page)
        if not any(name is None or re.search(rf"\b{name}\b", file.read_text("utf-8")) for file in find(path))
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_a_heading(page):
    missing = []
    for link in map("".join, _link.findall(text_of(page))):
        address, _, anchor = link.partition("#")
        if "://" in address:
            continue
        target = (page.parent / address) if address else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            missing.append(link)
    assert missing == []


def test_the_readme_leads_to_every_page():
    readme = ROOT / "README.md"
    linked = {(ROOT / "".join(link).partition("#")[0]).resolve() for link in _link.findall(text_of(readme))}
    pages = {page for page in PAGES if page.parent.name != "adr"} - {readme}
    assert {str(page.relative_to(ROOT)) for page in pages - linked} == set()
