"""Responses: one of them (``single``), and the caller's own on many records (``bulk``)."""

from diptych.api.responses import bulk, single

__all__ = ["bulk", "single"]
