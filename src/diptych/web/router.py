"""All pages. Uploads have a separate router, because only their bodies may be large."""

from diptych.core.edge import Router
from diptych.web import account, datasets, imports, login, media
from diptych.web.annotate import cards, form, frames, image_failures, page

pages = Router(include_in_schema=False)
# The names of datasets may contain slashes, so longer addresses come first.
for module in (login, account, media, frames, form, cards, image_failures, page, datasets):
    pages.include_router(module.router)

uploads = Router(include_in_schema=False)
uploads.include_router(imports.router)
