"""Metadata properties."""

from fastapi import APIRouter

router = APIRouter(tags=["metadata_properties"])
