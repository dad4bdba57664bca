"""Paths of the package's files: beside the package in a checkout, inside it when installed."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def _resource(name: str) -> Path:
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name


TEMPLATES = _resource("templates")
STATIC = _resource("static")
MIGRATIONS = _resource("migrations")
DEMO = _resource("demo")
