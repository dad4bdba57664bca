"""Answers."""

from fastapi import APIRouter

router = APIRouter(tags=["responses"])
