"""Search."""

from fastapi import APIRouter

router = APIRouter(tags=["search"])
