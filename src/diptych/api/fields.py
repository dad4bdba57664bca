"""Fields."""

from fastapi import APIRouter

router = APIRouter(tags=["fields"])
