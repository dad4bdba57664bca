"""A person's own page: their API key."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from diptych.core.edge import Router
from diptych.core.templating import Page
from diptych.users.service import rotate_api_key
from diptych.web.auth import Person
from diptych.web.deps import DbSession

router = Router()


@dataclass(kw_only=True)
class Account(Page):
    """Who one is; ``new_api_key`` is shown in the answer that made it and never again."""

    username: str
    role: str
    api_key_prefix: str | None
    new_api_key: str | None = None


@router.get("/account")
def account_page(request: Request, person: Person) -> HTMLResponse:
    """Show the account of who is logged in."""
    page = Account(username=person.username, role=person.role, api_key_prefix=person.api_key_prefix)
    return page.render(request)


@router.post("/account/api-key")
def new_api_key(request: Request, session: DbSession, person: Person) -> HTMLResponse:
    """Make a new API key, which replaces the old one, and show it this once."""
    key = rotate_api_key(session, person)
    page = Account(
        username=person.username, role=person.role, api_key_prefix=person.api_key_prefix, new_api_key=key
    )
    return page.render(request)
