"""Records."""

from fastapi import APIRouter

router = APIRouter(tags=["records"])
