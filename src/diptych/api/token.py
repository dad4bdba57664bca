"""Logging in by name and password."""

from fastapi import APIRouter

router = APIRouter(tags=["token"])
