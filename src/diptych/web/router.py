"""All pages. Uploads are a router of their own: their bodies may be large, no other page's may."""

from diptych.core.edge import Router
from diptych.web import (
    account,
    annotate,
    answers,
    cards,
    datasets,
    fields,
    image_failures,
    imports,
    login,
    media,
)

pages = Router(include_in_schema=False)
# A dataset's name may contain slashes: the longer of two addresses comes first.
for module in (login, account, media, fields, answers, cards, image_failures, annotate, datasets):
    pages.include_router(module.router)

uploads = Router(include_in_schema=False)
uploads.include_router(imports.router)
