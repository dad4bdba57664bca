"""Datasets."""

from fastapi import APIRouter

router = APIRouter(tags=["datasets"])
