"""Pages: a dataclass has the content, and the template of the same name renders it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache, partial
from os.path import normpath
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.core.paths import STATIC, TEMPLATES

_import = re.compile(r"""\bfrom ["'](\.[^"']+)["']""")
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")
_ALLOWED_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "kbd", "li"),
    *("ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


def render_markdown(source: str) -> Markup:
    """Return ``source`` as safe HTML: no scripts, no raw HTML, no pictures, and links without referrer."""
    html = nh3.clean(
        _markdown.render(source),
        tags=_ALLOWED_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(html)  # noqa: S704 - nh3 has just cleaned it


@cache
def _static_version(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def static_version() -> str:
    """Return a short digest of all static files, which changes with any of them."""
    names = sorted(str(file.relative_to(STATIC)) for file in STATIC.rglob("*") if file.is_file())
    return hashlib.sha256("".join(map(_static_version, names)).encode()).hexdigest()[:12]


@cache
def list_modules(*entrances: str) -> list[str]:
    """Return the paths of scripts and of all that they import, which a browser can then fetch at once."""
    found: set[Path] = set()
    waiting = [STATIC / entrance for entrance in entrances]
    while waiting:
        script = waiting.pop()
        if script not in found:
            found.add(script)
            imported = _import.findall(script.read_text("utf-8"))
            waiting += [Path(normpath(script.parent / name)) for name in imported]
    return sorted(str(script.relative_to(STATIC)) for script in found)


def format_duration(milliseconds: int) -> str:
    """Return a duration in its two largest units: ``48 s``, ``12 min 5 s``, ``3 h 20 min``."""
    seconds = milliseconds // 1000
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return f"{hours:,} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def _thousands(number: int) -> str:
    return f"{number:,}"


@cache
def environment() -> jinja2.Environment:
    """Return the Jinja environment: with autoescape, and unknown names are errors."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        # Checking whether a small template has changed takes as long as rendering it.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["markdown"] = render_markdown
    # Cached, because many pages show the same guidelines, and their length is limited.
    env.filters["guidelines"] = lru_cache(maxsize=64)(render_markdown)
    env.filters["duration"] = format_duration
    env.filters["thousands"] = _thousands
    env.globals["static_version"] = static_version()
    return env


def _path_for(request: Request, name: str, *, query: Mapping[str, Any] | None = None, **params: Any) -> str:
    # A path, not a full address: the Host header of a request never gets into a page.
    path = request.base_url.path.rstrip("/") + request.app.state.path_for(name, **params)
    given = urlencode({key: value for key, value in (query or {}).items() if value is not None})
    return f"{path}?{given}" if given else path


@dataclass(kw_only=True)
class Page:
    """The content of a page.

    ``templates/annotate/one_record.html`` renders the class ``OneRecord`` of the package ``web.annotate``.
    It gets the fields of the dataclass by name, and ``request``, ``url_for`` and ``person``.
    """

    @classmethod
    def template(cls) -> str:
        """Return the path of the template, made of the area of the site and the name of the class."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        area = cls.__module__.split(".")[2]
        return f"{area}/{name}.html"

    def html(self, request: Request) -> Markup:
        """Return the page, or the part of a page, as HTML."""
        context: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        html = (
            environment()
            .get_template(self.template())
            .render(
                request=request,
                url_for=partial(_path_for, request),
                person=getattr(request.state, "person", None),
                **context,
            )
        )
        return Markup(html)  # noqa: S704 - the template has escaped it

    def render(self, request: Request, *, status: int = 200) -> HTMLResponse:
        """Return the page as a response that no cache keeps, because its content is soon outdated."""
        headers = {"Cache-Control": "no-store"}
        return HTMLResponse(self.html(request), status_code=status, headers=headers)
