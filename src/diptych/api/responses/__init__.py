"""Responses: those of one record (``single``), and the caller's own on many records (``bulk``)."""

from diptych.api.responses.single import router

__all__ = ["router"]
