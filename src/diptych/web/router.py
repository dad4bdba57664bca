"""All pages. Uploads are a router of their own: their bodies may be large, no other page's may."""

from diptych.core.edge import Router
from diptych.web import account, datasets, imports, login, media
from diptych.web.annotate import cards, form, frames, image_failures, page

pages = Router(include_in_schema=False)
# A dataset's name may contain slashes: the longer of two addresses comes first.
for module in (login, account, media, frames, form, cards, image_failures, page, datasets):
    pages.include_router(module.router)

uploads = Router(include_in_schema=False)
uploads.include_router(imports.router)
