"""All pages; the longer of two addresses that could be one dataset's comes first."""

from fastapi import APIRouter

from diptych.web import account, annotate, datasets, imports, login, media

router = APIRouter(include_in_schema=False)
for module in (login, account, media, annotate, imports, datasets):
    router.include_router(module.router)
