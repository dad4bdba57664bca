"""JSON below /api/v1."""
