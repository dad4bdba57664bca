"""How far a dataset is."""

from fastapi import APIRouter

router = APIRouter(tags=["progress"])
