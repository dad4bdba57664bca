"""The API below ``/api/v1``."""

from fastapi import APIRouter

from diptych.api import exports, me

router = APIRouter(prefix="/api/v1")
for module in (me, exports):
    router.include_router(module.router)
