"""What the template of a custom field makes of a record: a document that cannot touch the page around it.

The browser gives it an origin of its own (``sandbox`` without ``allow-same-origin``), in our page and by
itself alike. A Handlebars template is rendered here, and no script of it runs; an ``advanced_mode`` template
may run scripts, which reach neither this site nor any other but for pictures.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.core.edge import Router
from diptych.core.errors import InvalidError, NotFoundError
from diptych.core.templating import Page
from diptych.datasets.queries import get_visible_dataset
from diptych.records.fields import describe, get_field
from diptych.records.image_set import find_image_set
from diptych.records.queries import get_record
from diptych.web.annotate import handlebars
from diptych.web.auth import Person
from diptych.web.deps import DbSession

router = Router()

_SANDBOXES = {False: "sandbox", True: "sandbox allow-scripts; script-src 'unsafe-inline'"}
_POLICY = "; ".join(  # noqa: FLY002 - one directive a line
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src https: http: data:",
        "media-src https: http: data:",
        "font-src https: data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)
_HEADERS = {
    # Browsers refuse to open a sandboxed document by itself if it also asks for a process of its own.
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(kw_only=True)
class Frame(Page):
    """``content`` is the template's HTML, or ``error`` says why there is none; scripts get ``record``."""

    title: str
    content: Markup
    error: str
    record: dict[str, Any] | None


@router.get("/datasets/{reference}/records/{record_id}/fields/{field:path}")
def field_frame(
    request: Request, session: DbSession, person: Person, reference: str, record_id: uuid.UUID, field: str
) -> HTMLResponse:
    """Show a custom field; the images of a prompt are shown by our own page, which knows their order."""
    dataset = get_visible_dataset(session, person, reference)
    record = get_record(session, dataset, record_id)
    found = get_field(session, dataset, field)
    is_held = record.fields.get(field) is not None
    if found.settings["type"] != "custom" or not is_held or find_image_set(record.fields, field):
        raise NotFoundError("This field of the record has no frame.", field=field)
    has_scripts = bool(found.settings.get("advanced_mode", False))
    known = describe(session, dataset, record, person)
    content, error = _content(found.settings["template"], known, has_scripts=has_scripts)
    page = Frame(title=found.title, content=content, error=error, record=known if has_scripts else None)
    response = page.render(request)
    response.headers.update({**_HEADERS, "Content-Security-Policy": f"{_SANDBOXES[has_scripts]}; {_POLICY}"})
    return response


def _content(template: str, record: dict[str, Any], *, has_scripts: bool) -> tuple[Markup, str]:
    if has_scripts:
        return Markup(template), ""  # noqa: S704 - the document that it becomes is sandboxed
    try:
        return Markup(handlebars.render(template, {"record": record})), ""  # noqa: S704 - as above
    except InvalidError as error:
        return Markup(), error.message
