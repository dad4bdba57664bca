"""Questions."""

from fastapi import APIRouter

router = APIRouter(tags=["questions"])
