"""What the server is."""

from fastapi import APIRouter

router = APIRouter(tags=["info"])
