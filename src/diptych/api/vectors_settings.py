"""Vectors."""

from fastapi import APIRouter

router = APIRouter(tags=["vectors_settings"])
