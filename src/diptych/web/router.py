"""All pages. Uploads have a separate router, because only their bodies may be large."""

from diptych.core.edge import Router
from diptych.web import media
from diptych.web.account import account, invitation, login
from diptych.web.annotate import cards, form, frames, image_failures, page
from diptych.web.datasets import dataset_list, imports, one_import, overview

# Frequent routes come first, because routes are tried in order.
_PAGES = (
    form,
    cards,
    page,
    media,
    frames,
    image_failures,
    dataset_list,
    overview,
    one_import,
    login,
    account,
    invitation,
)

pages = Router(include_in_schema=False)
for module in _PAGES:
    pages.include_router(module.router)

uploads = Router(include_in_schema=False)
uploads.include_router(imports.router)
